/**
 * Latency over the time of a run: every window of load as one point, or one a second where a window is longer. Records
 * come one at a time and only their percentiles stay, so that a run of any length fits.
 */
import type { RunRecord, WindowExperiment, WindowRecord } from '../run/records.ts';
import { quantile } from '../stats/quantile.ts';

/** What happened in a stretch of time. */
export interface TimePoint {
  /** Its middle, in seconds since the run began. */
  readonly atS: number;
  readonly requests: number;
  /** Percentiles of response time, of answered requests; null where none was. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** How late requests were sent, at the 99th percentile; null in a closed loop, where none is due. */
  readonly lagP99Ms: number | null;
}

/** The points of one subject in one experiment, in the order of time. */
export interface TimeLine {
  readonly subject: string;
  readonly experiment: WindowExperiment;
  readonly points: readonly TimePoint[];
}

export interface TimeSeries {
  readonly lines: readonly TimeLine[];
  /** Stretches of warm-up, in seconds since the run began. */
  readonly warmUps: readonly (readonly [number, number])[];
  readonly endS: number;
}

/** Points that a line has at most: as many as a picture of it has room for. */
export const MAX_POINTS = 300;
/** A window up to so long is one point, in seconds. */
const WHOLE_S = 1.5;
/** Warm-ups nearer to each other than this are one, in seconds. */
const NEAR_S = 2;
const US_PER_S = 1e6;
const US_PER_MS = 1000;
const MS_PER_S = 1000;

/** Reads the records once, in order. */
export async function readTimeSeries(records: AsyncIterable<RunRecord> | Iterable<RunRecord>): Promise<TimeSeries> {
  const lines = new Map<string, { subject: string; experiment: WindowExperiment; points: TimePoint[] }>();
  let warmUps: [number, number][] = [];
  let endS = 0;
  for await (const record of records) {
    if (record.kind !== 'window') continue;
    const { subject, experiment } = record;
    const key = JSON.stringify([experiment, subject]);
    const line = lines.get(key) ?? { subject, experiment, points: [] };
    lines.set(key, line);
    for (const point of pointsOf(record)) line.points.push(point);
    const [from, to] = [record.atMs / MS_PER_S, (record.atMs + record.elapsedMs) / MS_PER_S];
    endS = Math.max(endS, to);
    if (record.phase === 'warm-up') warmUps = extend(warmUps, [from, to]);
  }
  const kept = [...lines.values()].map((line) => ({ ...line, points: within(line.points) }));
  return { lines: kept, warmUps, endS };
}

/** A point for the whole window, or one for each second in which requests of it were due. */
function pointsOf(window: WindowRecord): TimePoint[] {
  const { requests, elapsedMs } = window;
  const seconds = elapsedMs / MS_PER_S;
  const all = requests.intendedUs.map((_, i) => i);
  if (all.length === 0) return [];
  if (seconds <= WHOLE_S) return [pointOf(window, all, seconds / 2)];
  const bySecond = Map.groupBy(all, (i) => Math.floor((requests.intendedUs[i] ?? 0) / US_PER_S));
  return [...bySecond].map(([second, places]) => pointOf(window, places, Math.min(second + 0.5, seconds)));
}

function pointOf(
  { requests, failures, load, atMs }: WindowRecord,
  places: readonly number[],
  middleS: number,
): TimePoint {
  const { intendedUs, sentUs, lastByteUs } = requests;
  const failed = new Set(failures.map(([i]) => i));
  const since = (ends: readonly number[], own: readonly number[]) =>
    own.map((i) => (ends[i] ?? 0) - (intendedUs[i] ?? 0));
  const answered = places.filter((i) => !failed.has(i));
  const responseUs = since(lastByteUs, answered);
  return {
    atS: atMs / MS_PER_S + middleS,
    requests: places.length,
    p50Ms: inMs(quantile(responseUs, 0.5)),
    p99Ms: inMs(quantile(responseUs, 0.99)),
    lagP99Ms: load.kind === 'open' ? inMs(quantile(since(sentUs, places), 0.99)) : null,
  };
}

function inMs(us: number | null): number | null {
  return us === null ? null : us / US_PER_MS;
}

/** Adds a stretch to a list of them in the order of time. */
function extend(stretches: [number, number][], [from, to]: readonly [number, number]): [number, number][] {
  const last = stretches.at(-1);
  if (last === undefined || from - last[1] > NEAR_S) stretches.push([from, to]);
  else last[1] = Math.max(last[1], to);
  return stretches;
}

function within(points: TimePoint[]): TimePoint[] {
  return points.length <= MAX_POINTS ? points : within(halve(points));
}

/** Every two points as one: the mean of their medians, and the worse of their tails and lags, so that no spike is lost. */
function halve(points: readonly TimePoint[]): TimePoint[] {
  return points.flatMap((point, i) => {
    if (i % 2 === 1) return [];
    const next = points[i + 1];
    return next === undefined ? [point] : [joined(point, next)];
  });
}

function joined(a: TimePoint, b: TimePoint): TimePoint {
  const requests = a.requests + b.requests;
  const weighted = (x: number, y: number) => (x * a.requests + y * b.requests) / requests;
  const medians = a.p50Ms === null || b.p50Ms === null ? (a.p50Ms ?? b.p50Ms) : weighted(a.p50Ms, b.p50Ms);
  return {
    atS: (a.atS + b.atS) / 2,
    requests,
    p50Ms: medians,
    p99Ms: worse(a.p99Ms, b.p99Ms),
    lagP99Ms: worse(a.lagP99Ms, b.lagP99Ms),
  };
}

function worse(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
