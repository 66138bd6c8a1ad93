/** Latency over the time of the run, with the warm-ups shaded. */
import { summaryOf } from '../../analysis/window-summary.ts';
import type { RunRecord, WindowRecord } from '../../run/records.ts';
import { type Line, type Section, tableOf } from '../document.ts';
import { amount, fixed } from '../format.ts';

/** A window of load: of its requests only percentiles stay, so that a run of any length fits. */
export interface TimePoint extends Pick<WindowRecord, 'subject' | 'experiment' | 'phase'> {
  /** Its ends, in seconds since the run began. */
  readonly fromS: number;
  readonly toS: number;
  /** Percentiles of response time; infinite where too many requests failed. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Reads the records once, in order. */
export async function readTimeSeries(records: AsyncIterable<RunRecord> | Iterable<RunRecord>): Promise<TimePoint[]> {
  const series: TimePoint[] = [];
  for await (const record of records) {
    if (record.kind !== 'window') continue;
    const { subject, experiment, phase, atMs, elapsedMs } = record;
    const { latencyP50Ms: p50Ms, latencyP99Ms: p99Ms } = summaryOf(record).values;
    series.push({ subject, experiment, phase, fromS: atMs / 1000, toS: (atMs + elapsedMs) / 1000, p50Ms, p99Ms });
  }
  return series;
}

/** One stream of each subject, or what the run began with where there is none; null where nothing was answered. */
export function timelineSection(series: readonly TimePoint[], baseline: string): Section | null {
  const answered = series.filter(({ p50Ms }) => Number.isFinite(p50Ms));
  const experiment = (answered.find((point) => point.experiment === 'single-stream') ?? answered[0])?.experiment;
  if (experiment === undefined) return null;
  const own = answered.filter((point) => point.experiment === experiment);
  const streams = [...Map.groupBy(own, ({ subject }) => subject)];
  const [name, told] = streams.find(([subject]) => subject === baseline) ?? streams[0] ?? ['', []];
  const faint = streams.map(([subject, points]): Line => ({ subject, path: pathOf(points, 'p99Ms'), shape: 'faint' }));
  const medians = streams.map(([subject, points]): Line => ({ subject, path: pathOf(points, 'p50Ms') }));
  const [least, most] = [Math.min(...told.map(({ p50Ms }) => p50Ms)), Math.max(...told.map(({ p50Ms }) => p50Ms))];
  const x = { label: 'time since the run began, s' };
  return {
    id: 'timeline',
    title: 'Over the time of the run',
    lead: `Every window of ${experiment}, warm-ups included.`,
    finding: `Over ${amount((series.at(-1)?.toS ?? 0) / 60)} minutes the median of ${name} lay between ${amount(least)} and ${amount(most)} ms.`,
    pictures: [
      { kind: 'chart', x, y: { label: 'ms', isLog: true }, shaded: warmUpsOf(series), lines: [...faint, ...medians] },
    ],
    reading: 'Lines are the median of a window, faint ones its p99, on a logarithmic axis. Shaded: warm-up.',
    table: tableOf(streams, 1, [
      ['arm', ([subject]) => subject],
      ['windows', ([, points]) => String(points.length)],
      ['lowest p50 ms', ([, points]) => fixed(Math.min(...points.map(({ p50Ms }) => p50Ms)), 3)],
      ['highest p50 ms', ([, points]) => fixed(Math.max(...points.map(({ p50Ms }) => p50Ms)), 3)],
    ]),
  };
}

/** A line without a point for so long is broken, in seconds: between the starts of a run. */
const BREAK_S = 5;

/** The values in the middle of their windows, with a gap between starts. */
function pathOf(points: readonly TimePoint[], metric: 'p50Ms' | 'p99Ms'): [number, number][] {
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
