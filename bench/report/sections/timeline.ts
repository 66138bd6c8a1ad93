/** Latency over the time of the run, with the warm-ups shaded and the lag of the load generator beside it. */
import { summaryOf } from '../../analysis/window-summary.ts';
import type { RunRecord, WindowRecord } from '../../run/records.ts';
import { quantile } from '../../stats/distributions.ts';
import { type Chart, type Line, type Section, tableOf } from '../document.ts';
import { amount, fixed } from '../format.ts';

/** A window of load: of its requests only percentiles stay, so that a run of any length fits. */
export interface TimePoint extends Pick<WindowRecord, 'subject' | 'experiment' | 'phase'> {
  /** Its ends, in seconds since the run began. */
  readonly fromS: number;
  readonly toS: number;
  /** Percentiles of response time; infinite where too many requests failed. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** How late requests were sent, at the 99th percentile; null in a closed loop, where none is due. */
  readonly lagMs: number | null;
}

/** Reads the records once, in order. */
export async function readTimeSeries(records: AsyncIterable<RunRecord> | Iterable<RunRecord>): Promise<TimePoint[]> {
  const series: TimePoint[] = [];
  for await (const record of records) if (record.kind === 'window') series.push(pointOf(record));
  return series;
}

function pointOf(record: WindowRecord): TimePoint {
  const { subject, experiment, phase, load, atMs, elapsedMs, requests } = record;
  const { latencyP50Ms: p50Ms, latencyP99Ms: p99Ms } = summaryOf(record).values;
  const lagsMs = requests.sentUs.map((sent, i) => (sent - (requests.intendedUs[i] ?? sent)) / 1000);
  const lagMs = load.kind === 'open' ? quantile(lagsMs, 0.99) : null;
  return { subject, experiment, phase, fromS: atMs / 1000, toS: (atMs + elapsedMs) / 1000, p50Ms, p99Ms, lagMs };
}

type Read = (point: TimePoint) => number | null;
const p50: Read = ({ p50Ms }) => p50Ms;
const p99: Read = ({ p99Ms }) => p99Ms;
const lag: Read = ({ lagMs }) => lagMs;

/** One stream of each subject, or what the run began with where there is none; null where nothing was answered. */
export function timelineSection(series: readonly TimePoint[], baseline: string): Section | null {
  const answered = series.filter((point) => Number.isFinite(p50(point)));
  const experiment = (answered.find((point) => point.experiment === 'single-stream') ?? answered[0])?.experiment;
  if (experiment === undefined) return null;
  const streams = bySubject(answered.filter((point) => point.experiment === experiment));
  const late = bySubject(series.filter(({ lagMs }) => lagMs !== null));
  const shaded = warmUpsOf(series);
  const chart = (title: string, isLog: boolean, lines: readonly Line[]): Chart => {
    const x = { label: 'time since the run began, s' };
    return { kind: 'chart', title, x, y: { label: 'ms', isLog }, shaded, lines };
  };
  const faint = streams.map(([subject, own]): Line => ({ subject, path: pathOf(own, p99), shape: 'faint' }));
  const medians = streams.map(([subject, own]) => ({ subject, path: pathOf(own, p50) }));
  const lags = late.map(([subject, own]) => ({ subject, path: pathOf(own, lag) }));
  const minutes = amount((series.at(-1)?.toS ?? 0) / 60);
  const [name, told] = streams.find(([subject]) => subject === baseline) ?? streams[0] ?? ['', []];
  const highest = late.length === 0 ? null : at(series, lag, 1);
  const lagClause = highest === null ? '' : `; the generator's lag was at most ${amount(highest)} ms at p99`;
  return {
    id: 'timeline',
    title: 'Over the time of the run',
    blocks: [
      {
        kind: 'figure',
        finding: `Over ${minutes} minutes the median of ${name} (${experiment}, warm-up included) lay between ${amount(at(told, p50, LEAST))} and ${amount(at(told, p50, 1))} ms${lagClause}.`,
        pictures: [
          chart(experiment, true, [...faint, ...medians]),
          ...(late.length === 0 ? [] : [chart('generator lag, p99', false, lags)]),
        ],
        note: `Lines are the median of a window, faint ones its p99, on a logarithmic axis. Shaded: warm-up. ${
          late.length > 0
            ? 'Lag: how late the load generator sent in open loops.'
            : 'All loops of this run are closed: nothing is due at a time, so there is no lag to show.'
        }`,
        table: tableOf(streams, 1, [
          ['arm', ([subject]) => subject],
          ['windows', ([, own]) => String(own.length)],
          ['least p50 ms', ([, own]) => fixed(at(own, p50, LEAST), 3)],
          ['median', ([, own]) => fixed(at(own, p50, 0.5), 3)],
          ['highest', ([, own]) => fixed(at(own, p50, 1), 3)],
          ['highest p99', ([, own]) => fixed(at(own, p99, 1), 3)],
          [
            'highest lag',
            ([subject]) =>
              fixed(
                at(
                  series.filter((point) => point.subject === subject),
                  lag,
                  1,
                ),
                3,
              ),
          ],
        ]),
      },
    ],
  };
}

function bySubject(points: readonly TimePoint[]): [string, TimePoint[]][] {
  return [...Map.groupBy(points, ({ subject }) => subject)];
}

/** The quantile that is the smallest value. */
const LEAST = 1e-9;

/** A quantile of the finite values. */
function at(points: readonly TimePoint[], read: Read, share: number): number | null {
  const values = points.flatMap((point) => read(point) ?? []);
  return quantile(values.filter(Number.isFinite), share);
}

/** A line without a point for so long is broken, in seconds: between the starts of a run. */
const BREAK_S = 5;

/** The values in the middle of their windows, with a gap between starts. */
function pathOf(points: readonly TimePoint[], read: Read): [number, number][] {
  return points.flatMap((point, i): [number, number][] => {
    const { toS = point.fromS } = points[i - 1] ?? {};
    const gap: [number, number][] = point.fromS - toS > BREAK_S ? [[toS, Number.NaN]] : [];
    const value = read(point) ?? Number.NaN;
    return [...gap, [(point.fromS + point.toS) / 2, Number.isFinite(value) ? value : Number.NaN]];
  });
}

/** Warm-ups nearer to each other than this are one, in seconds. */
const NEAR_S = 2;

function warmUpsOf(series: readonly TimePoint[]): [number, number][] {
  const stretches: [number, number][] = [];
  for (const { phase, fromS, toS } of series) {
    const last = stretches.at(-1);
    if (phase !== 'warm-up') continue;
    if (last === undefined || fromS - last[1] > NEAR_S) stretches.push([fromS, toS]);
    else last[1] = Math.max(last[1], toS);
  }
  return stretches;
}
