/** Latency of one stream: the median of every start, the whole distribution, and every window over time. */
import type { PercentileCurve, Results } from '../../analysis/results.ts';
import type { Records } from '../../analysis/series.ts';
import { summaryOf } from '../../analysis/window-summary.ts';
import type { WindowRecord } from '../../run/records.ts';
import { type Column, type Line, type Section, tableOf } from '../document.ts';
import { amount, fixed } from '../format.ts';
import { isSingleStream, withoutReferences } from '../lookup.ts';
import { named } from '../verdict.ts';

/** The medians of the baseline and of the others in every start, so that each start can be seen to agree or not. */
export function startsSection({ measurements, baseline }: Results): Section | null {
  const medians = measurements.filter(
    ({ metric, condition }) => metric === 'latencyP50Ms' && isSingleStream(condition),
  );
  const { starts: base = [] } = medians.find(({ subject }) => subject === baseline) ?? {};
  const others = withoutReferences(medians.filter(({ subject }) => subject !== baseline));
  const told = others.flatMap(({ subject, starts }) => {
    const pairs = starts.map((b, i) => [base[i] ?? null, b] as const).filter(([a, b]) => a !== null && b !== null);
    const above = pairs.filter(([a, b]) => Number(b) > Number(a));
    return pairs.length === 0 ? [] : [`${subject} in ${above.length} of ${pairs.length} starts`];
  });
  if (told.length === 0) return null;
  const shown = medians.filter((one) => one.subject === baseline || others.includes(one));
  const ticks = base.map((_, i) => i + 1);
  const lines = shown.map(({ subject, starts }) => {
    return { subject, points: starts.flatMap((y, i) => (y === null ? [] : [{ x: i + 1, y }])) };
  });
  return {
    id: 'starts',
    title: 'Start by start',
    lead: 'The median of one connection in every start: what agrees from start to start is no accident of one process.',
    finding: `The median was above ${baseline}'s: ${named(told)}.`,
    pictures: [{ kind: 'chart', x: { label: 'start', ticks }, y: { label: 'p50, ms', isLog: true }, lines }],
    reading: 'The vertical axis is logarithmic.',
    table: tableOf(ticks, 1, [
      ['start', String],
      ...shown.map(
        ({ subject, starts }) => [`${subject} ms`, (start: number) => fixed(starts[start - 1] ?? null, 3)] as const,
      ),
    ]),
  };
}

/** Quantiles that have a tick, a point and a column. */
const QUANTILES = { '50%': 0.5, '90%': 0.9, '99%': 0.99, '99.9%': 0.999, '99.99%': 0.9999, '99.999%': 0.99999 };

/** The percentile curve, on an axis of 1 / (1 - p), which gives every further nine the same room. */
export function percentilesSection({ percentiles, subjects }: Results): Section | null {
  const single = percentiles.filter(({ condition }) => isSingleStream(condition));
  const curves = subjects.flatMap(({ name }) => single.filter(({ subject }) => subject === name));
  const told = withoutReferences(curves).flatMap((curve) => {
    const at = valueAt(curve, 0.99);
    return at === null ? [] : `${curve.subject} ${amount(at)} ms`;
  });
  if (told.length === 0) return null;
  const nines = (quantile: number) => 1 / (1 - quantile);
  const shown = Object.entries(QUANTILES).filter(([, own]) => curves.some((curve) => valueAt(curve, own) !== null));
  const names = new Map(shown.map(([name, own]) => [nines(own), name]));
  const lines = curves.map((curve) => ({
    subject: curve.subject,
    path: curve.responseMs.filter(([own, ms]) => own < 1 && ms > 0).map(([own, ms]) => [nines(own), ms] as const),
    points: shown.flatMap(([, own]) => {
      const y = valueAt(curve, own);
      return y === null ? [] : [{ x: nines(own), y }];
    }),
  }));
  const x = { label: 'percentile', isLog: true, ticks: [...names.keys()], format: (at: number) => names.get(at) ?? '' };
  return {
    id: 'percentiles',
    title: 'The whole distribution',
    lead: `Closed loop, client ${curves[0]?.condition.client}; the client's own time is in all of them.`,
    finding: `With one connection, 99% of all requests were answered within: ${named(told)} (pooled, to look at rather than to test with).`,
    pictures: [{ kind: 'chart', x, y: { label: 'response time, ms', isLog: true }, lines }],
    reading: 'Both axes are logarithmic; requests that failed lie beyond the end of a line.',
    table: tableOf(curves, 1, [
      ['arm, ms', ({ subject }) => subject],
      ...shown.map(([name, own]): Column<PercentileCurve> => [name, (curve) => fixed(valueAt(curve, own), 3)]),
    ]),
  };
}

/** The first value of a curve from a quantile below 1 on. */
function valueAt({ responseMs }: PercentileCurve, quantile: number): number | null {
  return responseMs.find(([own]) => own < 1 && own >= quantile - 1e-9)?.[1] ?? null;
}

export type TimePoint = ReturnType<typeof timePointOf>;

/**
 * A window of load, its ends in seconds since the run began: of its requests only percentiles of response time stay, so that
 * a run of any length fits; infinite where too many failed.
 */
function timePointOf(record: WindowRecord) {
  const { subject, experiment, phase, atMs, elapsedMs } = record;
  const { latencyP50Ms: p50Ms, latencyP99Ms: p99Ms } = summaryOf(record).values;
  return { subject, experiment, phase, fromS: atMs / 1000, toS: (atMs + elapsedMs) / 1000, p50Ms, p99Ms };
}

/** Reads the records once, in order. */
export async function readTimeSeries(records: Records): Promise<TimePoint[]> {
  const series: TimePoint[] = [];
  for await (const record of records) if (record.kind === 'window') series.push(timePointOf(record));
  return series;
}

/** One stream of each subject, or what the run began with where there is none; null where nothing was answered. */
export function timelineSection(series: readonly TimePoint[], baseline: string): Section | null {
  const answered = series.filter(({ p50Ms }) => Number.isFinite(p50Ms));
  const experiment = (answered.find((point) => point.experiment === 'single-stream') ?? answered[0])?.experiment;
  const own = answered.filter((point) => point.experiment === experiment);
  const streams = [...Map.groupBy(own, ({ subject }) => subject)].map(([subject, points]) => {
    const p50s = points.map(({ p50Ms }) => p50Ms);
    return { subject, points, least: Math.min(...p50s), most: Math.max(...p50s) };
  });
  const told = streams.find(({ subject }) => subject === baseline) ?? streams[0];
  if (told === undefined) return null;
  const p99s = streams.map(({ subject, points }): Line => ({ subject, path: pathOf(points, 'p99Ms'), shape: 'faint' }));
  const lines = [...p99s, ...streams.map(({ subject, points }) => ({ subject, path: pathOf(points, 'p50Ms') }))];
  const x = { label: 'time since the run began, s' };
  return {
    id: 'timeline',
    title: 'Over the time of the run',
    lead: `Every window of ${experiment}, warm-ups included.`,
    finding: `Over ${amount((series.at(-1)?.toS ?? 0) / 60)} minutes the median of ${told.subject} lay between ${amount(told.least)} and ${amount(told.most)} ms.`,
    pictures: [{ kind: 'chart', x, y: { label: 'ms', isLog: true }, shaded: warmUpsOf(series), lines }],
    reading: 'Lines are the median of a window, faint ones its p99, on a logarithmic axis. Shaded: warm-up.',
    table: tableOf(streams, 1, [
      ['arm', ({ subject }) => subject],
      ['windows', ({ points }) => String(points.length)],
      ['lowest p50 ms', ({ least }) => fixed(least, 3)],
      ['highest p50 ms', ({ most }) => fixed(most, 3)],
    ]),
  };
}

/** A line without a point for so long is broken, in seconds: between the starts of a run. */
const BREAK_S = 5;

/** The values in the middle of their windows, with a gap between starts. */
function pathOf(points: readonly TimePoint[], metric: 'p50Ms' | 'p99Ms') {
  return points.flatMap((point, i): [number, number][] => {
    const { toS = point.fromS } = points[i - 1] ?? {};
    const gap: [number, number][] = point.fromS - toS > BREAK_S ? [[toS, Number.NaN]] : [];
    return [...gap, [(point.fromS + point.toS) / 2, Number.isFinite(point[metric]) ? point[metric] : Number.NaN]];
  });
}

/** From the first window of each stretch of warm-ups to its last. */
function warmUpsOf(series: readonly TimePoint[]): [number, number][] {
  const isWarmUp = (i: number) => series[i]?.phase === 'warm-up';
  const first = series.filter((_, i) => isWarmUp(i) && !isWarmUp(i - 1));
  const last = series.filter((_, i) => isWarmUp(i) && !isWarmUp(i + 1));
  return first.map(({ fromS }, i) => [fromS, last[i]?.toS ?? fromS]);
}
