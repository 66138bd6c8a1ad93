/** How noisy the machine was: how much wider the run's main intervals are than the same run on a quiet machine gives. */
import { studentTQuantile } from '../stats/distributions.ts';
import { mean } from '../stats/interval.ts';
import { isPair } from './deployments.ts';
import type { ComparisonResult } from './results.ts';

/**
 * Standard deviation over starts of ln b / a, of pair-rpc against combined on a machine with nothing else to do: from the
 * widths of the intervals in bench/reference/standard.json. A start of `quick` has fewer rounds of latency than those, so
 * that the same machine reads some 1.2 there.
 */
export const QUIET_DEVIATION = { latencyP50Ms: 0.033, rps: 0.167 } as const;

/**
 * The half-width of the ratio's interval, on logarithms, as a multiple of what a quiet machine gives with as many starts:
 * of the baseline against the pair, or the first that it is compared to where there is none. The root of the mean square over median
 * latency and throughput, as five starts alone tell a deviation to within a factor of two. Null where neither was compared.
 */
export function noiseOf(comparisons: readonly ComparisonResult[]): number | null {
  const primary = comparisons.filter((one) => one.primary && one.unit === 'start');
  const b = (primary.find((one) => isPair(one.b)) ?? primary[0])?.b;
  const squares = primary.flatMap(({ b: name, metric, ratio, units }) => {
    if (name !== b || ratio === null || (metric !== 'latencyP50Ms' && metric !== 'rps')) return [];
    const half = Math.log(ratio.ci95[1] / ratio.ci95[0]) / 2;
    const quiet = (studentTQuantile(0.975, units - 1) * QUIET_DEVIATION[metric]) / Math.sqrt(units);
    return (half / quiet) ** 2;
  });
  return squares.length === 0 ? null : Math.sqrt(mean(squares));
}
