/** Each arm against the baseline: the primary questions with intervals and verdicts, drawn and told. */
import { METRICS, type Metric } from '../../analysis/metrics.ts';
import type { ComparisonResult, Results } from '../../analysis/results.ts';
import { notesOf, type Rows, type Section, tableOf } from '../document.ts';
import { fixed, range, signed } from '../format.ts';
import { isSingleStream, withoutReferences } from '../lookup.ts';
import { verdictWord } from '../verdict.ts';

/** Metrics as people read them. */
const TITLES: Readonly<Record<Metric, string>> = {
  latencyP50Ms: 'p50',
  latencyP90Ms: 'p90',
  latencyP99Ms: 'p99',
  serviceP50Ms: 'service p50',
  serviceP99Ms: 'service p99',
  rps: 'req/s @8',
  cpuMsPerRequest: 'CPU',
  memoryMiB: 'memory',
};

/** How a difference and its interval are written. */
const UNITS = {
  ms: { text: 'ms', digits: 3 },
  rps: { text: '/s', digits: 0 },
  MiB: { text: 'MiB', digits: 1 },
} as const;

/** The primary comparisons, one row each; null when nothing was compared. */
export function comparisonsSection({ comparisons, baseline }: Results): Section | null {
  const primary = comparisons.filter((comparison) => comparison.primary);
  if (primary.length === 0) return null;
  const lead = `Ratios and differences to ${baseline} with their 95% intervals over ${unitsText(primary)}; verdicts are corrected for the number of questions (Holm). Inconclusive <R: the run would have shown a ratio of R with 80% power.`;
  return {
    id: 'comparisons',
    title: `Against ${baseline}`,
    blocks: [
      { kind: 'text', text: lead },
      {
        kind: 'figure',
        finding: primaryFinding(primary, baseline),
        pictures: [forest(withoutReferences(primary))],
        note: `Ratio to ${baseline} with its 95% interval, on a logarithmic axis; the line at 1 is no difference.`,
        table: tableOf(primary, 2, [
          ['arm', ({ b }) => b],
          ['metric', ({ metric }) => TITLES[metric]],
          ['ratio', ({ ratio, clientLimited }) => `${fixed(ratio?.estimate ?? null, 2)}${clientLimited ? '*' : ''}`],
          ['95%', ({ ratio }) => range(ratio?.ci95 ?? null, 2)],
          [
            'difference',
            ({ metric, delta }) =>
              delta === null ? '-' : `${signed(delta.estimate)} ${UNITS[METRICS[metric].unit].text}`,
          ],
          ['95%', ({ metric, delta }) => range(delta?.ci95 ?? null, UNITS[METRICS[metric].unit].digits)],
          ['verdict', verdictText],
        ]),
        isOpen: true,
      },
      ...notesOf([...primary.flatMap(hopNote), ...validityNotes(primary)]),
    ],
  };
}

/** What the intervals are over: "10 server starts", "9 to 10 server starts". */
function unitsText(comparisons: readonly ComparisonResult[]): string {
  const units = comparisons.map((one) => one.units);
  const [least, most] = [Math.min(...units), Math.max(...units)];
  const what = comparisons.some(({ unit }) => unit === 'round') ? 'rounds' : 'server starts';
  return `${least === most ? '' : `${least} to `}${most} ${what}`;
}

/** The verdict, and where there is none the smallest ratio that the run could have shown. */
function verdictText(comparison: ComparisonResult): string {
  const open = comparison.verdict === 'inconclusive' ? ` <${fixed(comparison.minimumDetectableRatio, 2)}` : '';
  return `${verdictWord(comparison)}${open}`;
}

/** How many of the primary comparisons show what. */
function primaryFinding(primary: readonly ComparisonResult[], baseline: string): string {
  const count = (...verdicts: string[]) => primary.filter(({ verdict }) => verdicts.includes(verdict)).length;
  const shown = count('faster', 'slower');
  return `Of ${primary.length} primary comparisons with ${baseline}, ${shown} show${shown === 1 ? 's' : ''} a difference, ${count('equivalent')} equivalence, ${count('inconclusive')} neither (inconclusive), and ${count('invalid')} cannot be used.`;
}

/** The ratios under the headings of their metrics, where half and double are alike. */
function forest(comparisons: readonly ComparisonResult[]): Rows {
  const usable = comparisons.flatMap((one) => {
    const { b, metric, ratio, verdict, clientLimited } = one;
    if (ratio === null || verdict === 'invalid') return [];
    const text = `${fixed(ratio.estimate, 2)} (${range(ratio.ci95, 2)}) ${verdictWord(one)}${clientLimited ? '*' : ''}`;
    return [{ metric, row: { subject: b, text, point: ratio.estimate, interval: ratio.ci95 } }];
  });
  const rows = [...Map.groupBy(usable, ({ metric }) => metric)].flatMap(([metric, own]) => [
    { heading: `${TITLES[metric]} (${METRICS[metric].lowerIsBetter ? 'less' : 'more'} is better)` },
    ...own.map(({ row }) => row),
  ]);
  return { kind: 'rows', x: { label: 'ratio', isLog: true }, origin: 1, rows };
}

/** What the second Worker costs a request, how well that is known, and what would make it better known. */
function hopNote({ a, b, metric, condition, delta, startsFor30Us, units }: ComparisonResult): string[] {
  if (metric !== 'latencyP50Ms' || !isSingleStream(condition) || delta === null || !b.startsWith('pair-')) return [];
  const half = (delta.ci95[1] - delta.ci95[0]) / 2;
  const starts = startsFor30Us ?? 'more than 100,000';
  const more = half <= 0.03 ? '' : `; 0.03 ms would take ${starts} starts in place of ${units}`;
  const cost = `${fixed(Math.abs(delta.estimate), 3)} ms ${delta.estimate < 0 ? 'less' : 'more'} than ${a}`;
  return [`${b} takes ${cost} at the median; half-width of the interval ${fixed(half, 3)} ms${more}.`];
}

function validityNotes(comparisons: readonly ComparisonResult[]): string[] {
  const reasons = new Set(comparisons.flatMap(({ reason }) => reason ?? []));
  return [
    ...[...reasons].map((reason) => `Invalid: ${reason}.`),
    ...(comparisons.some(({ clientLimited }) => clientLimited)
      ? ['* The client used more CPU than the server, so the difference is understated.']
      : []),
    ...(comparisons.some(({ unit }) => unit === 'round')
      ? ['Intervals with a deployed target are over rounds: a deployment has no starts of its own.']
      : []),
  ];
}
