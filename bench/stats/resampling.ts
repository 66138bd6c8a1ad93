/** Differences that chance alone finds where there is none. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { compare, type PairedUnit } from './compare.ts';

/** Comparisons whose 95% interval left out "no difference", and all comparisons: 5% of them when the intervals are right. */
export interface FalsePositives {
  readonly count: number;
  readonly n: number;
}

/**
 * Re-labels a recorded run at random and compares it again and again: in each start a and b change places by the toss of
 * a coin, so that on average there is no difference whatever the run found, while starts vary as they did (a sign-flip
 * test, Fisher, "The Design of Experiments", 1935). The mean difference of the run is taken out first: left in, it would
 * widen every interval.
 */
export function relabelledFalsePositives(
  units: readonly PairedUnit[],
  { relabellings, seed }: { readonly relabellings: number; readonly seed: number },
): FalsePositives {
  const random = xoroshiro128plus(seed);
  const ratio = compare(units, LATENCY)?.ratio.estimate ?? 1;
  const level = units.map(({ a, b }) => ({ a, b: b.map((value) => value / ratio) }));
  const isFound = () => {
    const relabelled = level.map(({ a, b }) => (uniformInt(random, 0, 1) === 0 ? { a, b } : { a: b, b: a }));
    return (compare(relabelled, LATENCY)?.pValue ?? 1) < 0.05;
  };
  return { count: Array.from({ length: relabellings }, isFound).filter(Boolean).length, n: relabellings };
}

const LATENCY = { lowerIsBetter: true, marginFloor: 0 };
