/** How the arms bear an offered load: response times at shares of capacity, and the highest rate within the objective. */
import type { Metric } from '../../analysis/metrics.ts';
import type { MaxRate, Measurement, Results } from '../../analysis/results.ts';
import { OBJECTIVE } from '../../analysis/window-summary.ts';
import { type Chart, notesOf, type Section, tableOf } from '../document.ts';
import { amount, fixed, interval, percent, range } from '../format.ts';
import { clientOf, findMeasurement, linesOf, notesOn, type Which, withoutReferences } from '../lookup.ts';
import { comparisonSentence, named } from '../verdict.ts';

/** Response times of open loops. */
export function offeredLoadSection(results: Results): Section | null {
  const offered = results.measurements.filter(({ condition }) => condition?.experiment === 'offered-load');
  const p50 = offered.filter(({ metric }) => metric === 'latencyP50Ms');
  if (p50.length === 0) return null;
  const shares = [...new Set(p50.flatMap(({ condition }) => condition?.share ?? []))].sort((a, b) => a - b);
  const beside = (metric: Metric) => (one: Measurement) => {
    const which: Which = (own) => own?.experiment === 'offered-load' && own.share === one.condition?.share;
    return fixed(findMeasurement(results, { subject: one.subject, metric, which })?.estimate ?? null, 2);
  };
  const lead = `Open loop, Poisson arrivals, client ${clientOf(results, 'offered-load')}, at shares of what the slowest deployment can do. Response time counts from when a request was due, service time from when it was sent.`;
  return {
    id: 'offered-load',
    title: 'Latency under load',
    blocks: [
      { kind: 'text', text: lead },
      {
        kind: 'figure',
        finding: offeredLoadFinding(results),
        pictures: loadCharts(withoutReferences(offered), shares),
        note: 'Bars are 95% intervals over starts; a hollow point is client-limited; the vertical axes are logarithmic, each with the range of its own percentile.',
        table: tableOf(
          shares.flatMap((share) => p50.filter(({ condition }) => condition?.share === share)),
          1,
          [
            ['arm', ({ subject }) => subject],
            ['load', ({ condition, invalid }) => `${percent(condition?.share ?? 0)}${invalid === null ? '' : '!'}`],
            ['req/s', ({ condition }) => fixed(condition?.load.kind === 'open' ? condition.load.ratePerS : null, 0)],
            ['p50 ms', ({ estimate }) => fixed(estimate, 2)],
            ['95% interval', ({ ci95 }) => range(ci95, 2)],
            ['p99 ms', beside('latencyP99Ms')],
            ['service p50', beside('serviceP50Ms')],
            ['service p99', beside('serviceP99Ms')],
          ],
        ),
      },
      ...notesOn(p50.map(({ subject, invalid }) => ({ subject, invalid }))),
    ],
  };
}

/** Response time at the highest share of capacity that was offered. */
function offeredLoadFinding({ comparisons }: Results): string {
  const asked = comparisons.filter(
    ({ metric, condition }) => metric === 'latencyP99Ms' && condition?.experiment === 'offered-load',
  );
  const top = Math.max(...asked.map(({ condition }) => condition?.share ?? 0));
  const atTop = asked.filter(({ condition }) => condition?.share === top);
  return comparisonSentence(`At ${percent(top)} of the slowest arm's capacity, at p99`, atTop);
}

const PERCENTILES = { latencyP50Ms: 0.5, latencyP90Ms: 0.9, latencyP99Ms: 0.99 } as const;

/** One chart a percentile; that of the objective has its line. */
function loadCharts(offered: readonly Measurement[], shares: readonly number[]): Chart[] {
  return Object.entries(PERCENTILES).map(([metric, quantile]) => {
    const own = offered.filter((one) => one.metric === metric);
    const hasLimit = quantile === OBJECTIVE.percentile;
    return {
      kind: 'chart',
      title: `p${quantile * 100}`,
      x: { label: 'share of the slowest capacity', ends: [0, 1], ticks: shares, format: (share) => percent(share) },
      y: { label: 'response time, ms', isLog: true },
      ...(hasLimit ? { limit: { y: OBJECTIVE.ms, text: `objective: ${OBJECTIVE.ms} ms` } } : {}),
      lines: linesOf(own, ({ share = null }) => share),
    };
  });
}

/** The highest rate within the objective. */
export function maxRateSection({ maxRates }: Results): Section | null {
  const [first] = maxRates;
  if (first === undefined) return null;
  const { percentile, ms } = first.objective;
  const lead = `Requests a second at which p${percentile * 100} stays within ${ms} ms: doubled, bisected to 2%, confirmed three times, by the early stopping of MLPerf. Geometric mean over starts.`;
  const chosen = withoutReferences(maxRates);
  const rows = chosen.flatMap(({ subject, estimate, ci95, starts }) => {
    if (estimate === null) return [];
    const values = starts.filter((rate) => rate !== null);
    return [{ subject, text: amount(estimate), bar: [estimate], interval: ci95, values }];
  });
  return {
    id: 'max-rate',
    title: 'Highest rate within the objective',
    blocks: [
      { kind: 'text', text: lead },
      {
        kind: 'figure',
        finding: `p${percentile * 100} stayed at or below ${ms} ms: ${named(chosen.map(rateClause))}.`,
        pictures: [{ kind: 'rows', x: { label: 'requests/s' }, rows }],
        note: 'Bars are means over starts, circles single starts, lines 95% intervals.',
        table: tableOf(maxRates, 1, [
          ['arm', ({ subject }) => subject],
          ['req/s', ({ estimate }) => fixed(estimate, 0)],
          ['95% interval', ({ ci95 }) => range(ci95, 0)],
          ['starts', ({ starts }) => `${starts.filter((rate) => rate !== null).length} of ${starts.length}`],
        ]),
      },
      ...notesOf(maxRates.flatMap(({ subject, note }) => (note === null ? [] : `${subject}: ${note}.`))),
    ],
  };
}

function rateClause({ subject, estimate, ci95, note }: MaxRate): string {
  if (estimate === null) return `${subject} at no rate that was tried`;
  const why = ci95 === null ? 'too few starts for an interval' : `95% interval ${interval(ci95)}`;
  return `${subject} up to ${amount(estimate)} requests/s (${note ?? why})`;
}
