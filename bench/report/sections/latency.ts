/** Latency of one stream: the median of every start, and the whole distribution. */
import type { Measurement, PercentileCurve, Results } from '../../analysis/results.ts';
import { type Chart, type Column, type Section, tableOf } from '../document.ts';
import { amount, fixed, interval, signed, tickText } from '../format.ts';
import { isSingleStream, withoutReferences } from '../lookup.ts';
import { named } from '../verdict.ts';

/** The medians of the baseline and of the others in every start, so that each start can be seen to agree or not. */
export function startsSection(results: Results): Section | null {
  const { measurements, baseline } = results;
  const medians = measurements.filter(
    ({ metric, condition }) => metric === 'latencyP50Ms' && isSingleStream(condition),
  );
  const a = medians.find(({ subject }) => subject === baseline);
  if (a === undefined) return null;
  const compared = withoutReferences(medians.filter((one) => one !== a)).filter((b) => pairsOf(a, b).length > 0);
  if (compared.length === 0) return null;
  const columns = [a, ...compared].map(({ subject, starts }): Column<number> => {
    return [`${subject} ms`, (i) => fixed(starts[i] ?? null, 3)];
  });
  return {
    id: 'starts',
    title: 'Start by start',
    blocks: [
      {
        kind: 'figure',
        finding: `${named(compared.map((b) => startsClause(results, a, b)))}.`,
        pictures: compared.map((b) => startsChart(a, b)),
        note: 'The median of one connection in every start: what agrees from start to start is no accident of one process.',
        table: tableOf([...a.starts.keys()], 1, [['start', (i) => String(i + 1)], ...columns]),
      },
    ],
  };
}

/** Starts that both were measured in. */
function pairsOf(a: Measurement, b: Measurement): { start: number; a: number; b: number }[] {
  return b.starts.flatMap((value, i) => {
    const base = a.starts[i] ?? null;
    return value === null || base === null ? [] : [{ start: i + 1, a: base, b: value }];
  });
}

/** In how many starts the median was higher in `b` than in `a`, and what that amounts to. */
function startsClause({ comparisons }: Results, a: Measurement, b: Measurement): string {
  const pairs = pairsOf(a, b);
  const above = pairs.filter((pair) => pair.b > pair.a).length;
  const counted = `${b.subject}'s median was above ${a.subject}'s in ${above} of ${pairs.length} starts`;
  const comparison = comparisons.find(
    (one) => one.b === b.subject && one.metric === 'latencyP50Ms' && isSingleStream(one.condition),
  );
  if (comparison?.delta == null || comparison.verdict === 'invalid')
    return `${counted}, a difference that is not supported by the data (${comparison?.reason ?? 'too few starts'})`;
  const { delta, verdict } = comparison;
  return `${counted}, by ${signed(delta.estimate)} ms on average (95% interval ${interval(delta.ci95, signed)} ms): ${verdict}`;
}

function startsChart(a: Measurement, b: Measurement): Chart {
  const pairs = pairsOf(a, b);
  const every = Math.ceil(pairs.length / 10);
  return {
    kind: 'chart',
    title: `${b.subject} and ${a.subject}`,
    x: { label: 'start', ticks: pairs.flatMap(({ start }, i) => (i % every === 0 ? start : [])) },
    y: { label: 'p50, ms', isLog: true },
    lines: [
      { subject: b.subject, points: pairs.map((pair) => ({ x: pair.start, y: pair.b, ends: [pair.a, pair.b] })) },
      { subject: a.subject, points: pairs.map((pair) => ({ x: pair.start, y: pair.a })) },
    ],
  };
}

/** Quantiles that have a tick, a point and a column. */
const QUANTILES = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999];

/** The percentile curve, on an axis of 1 / (1 - p), which gives every further nine the same room. */
export function percentilesSection({ percentiles, subjects }: Results): Section | null {
  const curves = subjects.flatMap(({ name }) =>
    percentiles.filter(({ subject, condition }) => subject === name && isSingleStream(condition)),
  );
  const told = withoutReferences(curves).flatMap((curve) => {
    const at = valueAt(curve, 0.99);
    return at === null ? [] : `${curve.subject} ${amount(at)} ms`;
  });
  if (told.length === 0) return null;
  const nines = (quantile: number) => 1 / (1 - quantile);
  const shown = QUANTILES.filter((quantile) => curves.some((curve) => valueAt(curve, quantile) !== null));
  const chart: Chart = {
    kind: 'chart',
    x: { label: 'percentile', isLog: true, ticks: shown.map(nines), format: (x) => percentile(1 - 1 / x) },
    y: { label: 'response time, ms', isLog: true },
    lines: curves.map((curve) => ({
      subject: curve.subject,
      path: curve.responseMs.filter(([own, ms]) => own < 1 && ms > 0).map(([own, ms]) => [nines(own), ms] as const),
      points: shown.flatMap((own) => {
        const y = valueAt(curve, own);
        return y === null ? [] : [{ x: nines(own), y }];
      }),
    })),
  };
  const columns = shown.map(
    (own): Column<PercentileCurve> => [percentile(own), (curve) => fixed(valueAt(curve, own), 3)],
  );
  return {
    id: 'percentiles',
    title: 'The whole distribution',
    blocks: [
      {
        kind: 'figure',
        finding: `With one connection, 99% of all requests were answered within: ${named(told)} (pooled, to look at rather than to test with).`,
        pictures: [chart],
        note: `Closed loop, client ${curves[0]?.condition.client}; the client's own time is in all of them. Both axes are logarithmic; requests that failed lie beyond the end of a line.`,
        table: tableOf(curves, 1, [['arm, ms', ({ subject }) => subject], ...columns]),
      },
    ],
  };
}

/** The first value of a curve from a quantile below 1 on. */
function valueAt({ responseMs }: PercentileCurve, quantile: number): number | null {
  return responseMs.find(([own]) => own < 1 && own >= quantile - 1e-9)?.[1] ?? null;
}

/** As a percentage with as many nines as it has. */
function percentile(quantile: number): string {
  const digits = Math.max(0, Math.round(-Math.log10(1 - quantile)) - 2);
  return digits === 0 ? `${tickText(Math.round(quantile * 100))}%` : `${(100 * quantile).toFixed(digits)}%`;
}
