/**
 * One isolate as a queue with one server, for latencies at rates that a run did not measure. One method: requests come as
 * the load's Poisson schedule, each keeps the server for its CPU at 8 connections, and what it takes besides waiting is
 * drawn from the response times at the lowest open load. Every higher load is held out, and tells whether that may be used.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { makeSchedule } from '../load/schedule.ts';
import { finite, isSweep8, type Metric } from './metrics.ts';
import type { Measurement, Results } from './results.ts';

/** How far a prediction may be off what was measured, as shares. */
export const TOLERANCE = { p50: 0.1, p99: 0.25 } as const;

/**
 * Response times of requests that arrive at `arrivals`, where the one with that index takes `serviceOf` it, served first
 * come, first served: a request waits for what is left of the work before it. All in one unit of time (Lindley, "The Theory
 * of Queues with a Single Server", 1952).
 */
export function lindley(arrivals: readonly number[], serviceOf: (index: number) => number): number[] {
  let free = 0;
  return arrivals.map((arrival, i) => {
    free = Math.max(free, arrival) + serviceOf(i);
    return free - arrival;
  });
}

/** What keeps the server, and the quantiles (0 to 1) and times of a request that hardly waits, all in milliseconds. */
export interface QueueModel {
  readonly serviceMs: number;
  readonly calmMs: readonly (readonly [quantile: number, ms: number])[];
}

const REQUESTS = 50_000;
const STEPS = 1000;
const MS_PER_S = 1000;
const US_PER_MS = 1000;

/** Response times in ms at a rate in requests a second; null where more comes than can be served. */
export function predict({ serviceMs, calmMs }: QueueModel, ratePerS: number): Record<'p50' | 'p99', number> | null {
  const gapMs = MS_PER_S / ratePerS;
  const load = serviceMs / gapMs;
  if (load >= 1) return null;
  drawn ??= draw();
  const { arrivals, steps } = drawn;
  const calm = Array.from({ length: STEPS }, (_, i) => timeAt(calmMs, (i + 0.5) / STEPS));
  const responses = lindley(arrivals, () => load);
  const sorted = Float64Array.from(responses, (gaps, i) => (gaps - load) * gapMs + (calm[steps[i] ?? 0] ?? 0)).sort();
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

function timeAt(curve: QueueModel['calmMs'], share: number): number {
  return (curve.find(([quantile]) => quantile >= share) ?? curve.at(-1))?.[1] ?? 0;
}

/** The same for every prediction: made once, when one is asked for. */
let drawn: ReturnType<typeof draw> | null = null;

/** Arrivals in mean gaps, and which of the steps of a curve each request takes. */
function draw() {
  const due = makeSchedule({ arrivals: 'poisson', ratePerS: MS_PER_S, durationMs: REQUESTS, seed: 16 });
  const random = xoroshiro128plus(17);
  return { arrivals: due.map((us) => us / US_PER_MS), steps: due.map(() => uniformInt(random, 0, STEPS - 1)) };
}

/** A queue that was held against what it had not seen; survives JSON. */
export type CheckedQueue = NonNullable<ReturnType<typeof checkedQueue>>;

/** Null where the subject was not measured under two open loads, or its CPU is not known. */
export function checkedQueue({ measurements, percentiles }: Results, subject: string) {
  const own = measurements.filter((one) => one.subject === subject);
  const loads = own.filter(({ metric, condition }) => metric === 'latencyP50Ms' && condition?.share !== undefined);
  const [lowest, ...held] = loads.toSorted((a, b) => rateOf(a) - rateOf(b));
  const cpu = own.find(({ metric, condition }) => metric === 'cpuMsPerRequest' && condition && isSweep8(condition));
  const curve = percentiles.find((one) => one.subject === subject && one.condition.share === lowest?.condition?.share);
  if (lowest === undefined || held.length === 0 || !curve?.responseMs.length || !cpu?.estimate) return null;
  const model: QueueModel = { serviceMs: cpu.estimate, calmMs: curve.responseMs };
  const measured = (metric: Metric, { condition }: Measurement) =>
    own.find((one) => one.metric === metric && one.condition?.share === condition?.share);
  const cells = held.map((p50) => {
    const p99 = measured('latencyP99Ms', p50);
    const predicted = predict(model, rateOf(p50));
    return {
      subject,
      share: p50.condition?.share ?? 0,
      ratePerS: rateOf(p50),
      isValid: p50.invalid === null && p99?.invalid === null,
      p50: heldAgainst(predicted?.p50, p50.estimate, TOLERANCE.p50),
      p99: heldAgainst(predicted?.p99, p99?.estimate, TOLERANCE.p99),
    };
  });
  const ratesPerS = [rateOf(lowest), Math.max(...held.map(rateOf))] as const;
  return { model, cells, ratesPerS, holds: cells.every(({ isValid, p50, p99 }) => isValid && p50.holds && p99.holds) };
}

function rateOf({ condition }: Measurement): number {
  return condition?.load.kind === 'open' ? condition.load.ratePerS : 0;
}

/** In ms; the error is a share of what was measured. Without one of the two nothing is shown to hold. */
function heldAgainst(predicted = Number.NaN, measured: number | null = null, tolerance: number) {
  const error = measured === null ? Number.NaN : predicted / measured - 1;
  return { predicted: finite(predicted), measured, error: finite(error), holds: Math.abs(error) <= tolerance };
}
