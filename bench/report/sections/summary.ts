/** The main figures: latency, throughput, CPU and memory of each arm as they are, and against the baseline with verdicts. */
import { METRICS, type Metric } from '../../analysis/metrics.ts';
import type { ComparisonResult, Results } from '../../analysis/results.ts';
import { type Rows, type Section, tableOf } from '../document.ts';
import { fixed, listed, range, signed } from '../format.ts';
import * as run from '../lookup.ts';
import { verdictWord } from '../verdict.ts';

/** One row an arm; null when no load was sent. */
export function summarySection(results: Results): Section | null {
  const measured = run.measuredTable(results, [
    ['p50 ms', 'latencyP50Ms', run.isSingleStream, 3],
    ['p90 ms', 'latencyP90Ms', run.isSingleStream, 3],
    ['p99 ms', 'latencyP99Ms', run.isSingleStream, 3],
    ['req/s @1', 'rps', run.isSweepOf(1), 0],
    ['req/s @8', 'rps', run.isBusy, 0],
    ['CPU ms', 'cpuMsPerRequest', run.isBusy, 3],
    ['MiB', 'memoryMiB', run.isWholeStart, 1],
  ]);
  if (measured.table.head.length === 1) return null;
  const client = (which: run.Which) => results.measurements.find((one) => which(one.condition))?.condition?.client;
  const [latency, throughput] = [client(run.isSingleStream), client(run.isBusy)];
  const lead = [
    ...(latency === undefined ? [] : [`Latency: client ${latency}, one connection, closed loop.`]),
    ...(throughput === undefined ? [] : [`Throughput and CPU a request: client ${throughput}, 1 and 8 connections.`]),
    'Memory: proportional set size after the first answer, above that of an empty Worker (null) where that was measured; all arms are up, and share the pages of one workerd.',
  ];
  return { id: 'summary', title: 'Latency, throughput, CPU and memory', lead: lead.join(' '), ...measured };
}

/** The primary metrics as people read them. */
const TITLES: Partial<Record<Metric, string>> = {
  latencyP50Ms: 'p50',
  rps: 'req/s @8',
  cpuMsPerRequest: 'CPU',
  memoryMiB: 'memory',
};

/** The primary comparisons, one row each; null when nothing was compared. */
export function comparisonsSection({ comparisons, baseline }: Results): Section | null {
  const primary = comparisons.filter((comparison) => comparison.primary);
  if (primary.length === 0) return null;
  const units = new Set(primary.map(({ units, unit }) => `${units} ${unit === 'round' ? 'rounds' : 'server starts'}`));
  return {
    id: 'comparisons',
    title: `Against ${baseline}`,
    lead: `Ratios and differences to ${baseline} with their 95% intervals over ${listed([...units])}; verdicts are corrected for the number of questions (Holm). Inconclusive <R: the run would have shown a ratio of R with 80% power.`,
    finding: primaryFinding(primary, baseline),
    pictures: forest(run.withoutReferences(primary)),
    reading: `Ratio to ${baseline} with its 95% interval, on logarithmic axes; the line at 1 is no difference.`,
    table: tableOf(primary, 2, [
      ['arm', ({ b }) => b],
      ['metric', ({ metric }) => TITLES[metric] ?? metric],
      ['ratio', ({ ratio, clientLimited }) => `${fixed(ratio?.estimate ?? null, 2)}${clientLimited ? '*' : ''}`],
      ['95%', ({ ratio }) => range(ratio?.ci95 ?? null)],
      ['difference', ({ metric, delta }) => (delta ? `${signed(delta.estimate)} ${METRICS[metric].unit}` : '-')],
      ['95%', ({ delta }) => range(delta?.ci95 ?? null)],
      [
        'verdict',
        (one) =>
          `${verdictWord(one)}${one.verdict === 'inconclusive' ? ` <${fixed(one.minimumDetectableRatio, 2)}` : ''}`,
      ],
    ]),
    notes: [...primary.flatMap(hopNote), ...run.notesOn(primary)],
  };
}

/** How many of the primary comparisons show what. */
function primaryFinding(primary: readonly ComparisonResult[], baseline: string): string {
  const count = (...verdicts: string[]) => primary.filter(({ verdict }) => verdicts.includes(verdict)).length;
  const shown = count('faster', 'slower');
  return `Of ${primary.length} primary comparisons with ${baseline}, ${shown} show${shown === 1 ? 's' : ''} a difference, ${count('equivalent')} equivalence, ${count('inconclusive')} neither (inconclusive), and ${count('invalid')} cannot be used.`;
}

/** The ratios of each metric, where half and double are alike. */
function forest(comparisons: readonly ComparisonResult[]): Rows[] {
  const usable = comparisons.flatMap((one) => {
    const { b, metric, ratio, verdict, clientLimited } = one;
    if (ratio === null || verdict === 'invalid') return [];
    const text = `${fixed(ratio.estimate, 2)} (${range(ratio.ci95)}) ${verdictWord(one)}${clientLimited ? '*' : ''}`;
    return [{ metric, subject: b, text, point: ratio.estimate, ends: ratio.ci95 }];
  });
  return [...Map.groupBy(usable, ({ metric }) => metric)].map(([metric, rows]) => {
    const label = `${TITLES[metric]} (${METRICS[metric].lowerIsBetter ? 'less' : 'more'} is better)`;
    return { kind: 'rows', x: { label, isLog: true }, origin: 1, rows };
  });
}

/** How well a pair's hop is known, and what would make it better known. */
function hopNote({ b, metric, delta, startsFor30Us, units }: ComparisonResult): string[] {
  if (metric !== 'latencyP50Ms' || delta === null || !b.startsWith('pair-')) return [];
  const half = (delta.ci95[1] - delta.ci95[0]) / 2;
  const more = `0.03 ms would take ${startsFor30Us ?? 'more than 100,000'} starts in place of ${units}`;
  return half <= 0.03 ? [] : [`${b}: half-width of the interval ${fixed(half, 3)} ms; ${more}.`];
}
