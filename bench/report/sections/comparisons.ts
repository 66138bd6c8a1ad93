/** The primary questions: each arm against the baseline, with intervals and verdicts. */
import { METRICS } from '../../analysis/metrics.ts';
import type { ComparisonResult, Results } from '../../analysis/results.ts';
import { verdictWord } from '../findings.ts';
import { fixed, range, signed } from '../format.ts';
import { isSingleStream } from '../lookup.ts';
import type { Section } from '../section.ts';

/** Metrics as people read them. */
export const METRIC_TITLES: Readonly<Record<ComparisonResult['metric'], string>> = {
  latencyP50Ms: 'p50',
  latencyP90Ms: 'p90',
  latencyP99Ms: 'p99',
  serviceP50Ms: 'service p50',
  serviceP99Ms: 'service p99',
  rps: 'req/s @8',
  cpuMsPerRequest: 'CPU',
  memoryMiB: 'memory',
};

/** One row a primary comparison, the pairs and peers before what they are built on; null when nothing was compared. */
export function comparisonsSection(results: Results): Section | null {
  const primary = results.comparisons.filter((comparison) => comparison.primary);
  if (primary.length === 0) return null;
  return {
    id: 'comparisons',
    title: `Against ${results.baseline}`,
    lead: `Ratios and differences to ${results.baseline} with their 95% intervals over ${unitsText(primary)}; verdicts are corrected for the number of questions (Holm). Inconclusive <R: the run would have shown a ratio of R with 80% power.`,
    header: ['arm', 'metric', 'ratio', '95%', 'difference', '95%', 'verdict'],
    rows: primary.map(row),
    words: 2,
    notes: [...primary.flatMap(hopNote), ...validityNotes(primary)],
  };
}

/** What the intervals are over: "10 starts", "9 to 10 starts". */
function unitsText(comparisons: readonly ComparisonResult[]): string {
  const units = comparisons.map((one) => one.units);
  const [least, most] = [Math.min(...units), Math.max(...units)];
  const what = comparisons.some(({ unit }) => unit === 'round') ? 'rounds' : 'server starts';
  return `${least === most ? '' : `${least} to `}${most} ${what}`;
}

function row(comparison: ComparisonResult): string[] {
  const { b, metric, ratio, delta, clientLimited } = comparison;
  const digits = METRICS[metric].unit === 'ms' ? 3 : METRICS[metric].unit === 'rps' ? 0 : 1;
  return [
    b,
    METRIC_TITLES[metric],
    `${fixed(ratio?.estimate ?? null, 2)}${clientLimited ? '*' : ''}`,
    range(ratio?.ci95 ?? null, 2),
    delta === null ? '-' : `${signed(delta.estimate)} ${unitOf(metric)}`,
    range(delta?.ci95 ?? null, digits),
    verdictText(comparison),
  ];
}

function unitOf(metric: ComparisonResult['metric']): string {
  const { unit } = METRICS[metric];
  return unit === 'rps' ? '/s' : unit;
}

/** The verdict, and where there is none the smallest ratio that the run could have shown. */
export function verdictText(comparison: ComparisonResult): string {
  const open = comparison.verdict === 'inconclusive' ? ` <${fixed(comparison.minimumDetectableRatio, 2)}` : '';
  return `${verdictWord(comparison)}${open}`;
}

/** What the second Worker costs a request, how well that is known, and what would make it better known. */
function hopNote({ a, b, metric, condition, delta, startsFor30Us, units }: ComparisonResult): string[] {
  if (metric !== 'latencyP50Ms' || !isSingleStream(condition) || delta === null || !b.startsWith('pair-')) return [];
  const half = (delta.ci95[1] - delta.ci95[0]) / 2;
  const more =
    half <= 0.03
      ? ''
      : `; 0.03 ms would take ${startsFor30Us === null ? 'more than 100,000' : startsFor30Us} starts in place of ${units}`;
  return [
    `${b} takes ${Math.abs(delta.estimate).toFixed(3)} ms ${delta.estimate < 0 ? 'less' : 'more'} than ${a} at the median; half-width of the interval ${half.toFixed(3)} ms${more}.`,
  ];
}

function validityNotes(comparisons: readonly ComparisonResult[]): string[] {
  const reasons = new Set(comparisons.flatMap(({ reason }) => reason ?? []));
  const units = new Set(comparisons.map(({ unit }) => unit));
  return [
    ...[...reasons].map((reason) => `Invalid: ${reason}.`),
    ...(comparisons.some(({ clientLimited }) => clientLimited)
      ? ['* The client used more CPU than the server, so the difference is understated.']
      : []),
    ...(units.has('round')
      ? ['Intervals with a deployed target are over rounds: a deployment has no starts of its own.']
      : []),
  ];
}
