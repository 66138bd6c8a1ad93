/** One window of load: how it is asked of the generator and answered by it, over a process boundary, and whether it may be used. */
import * as v from 'valibot';
import { quantile } from '../stats/quantile.ts';
import { CLIENT_NAMES } from './client.ts';

/** When requests are sent: the next one after an answer (closed), or at times fixed beforehand (open). */
export const Load = v.variant('kind', [
  v.object({ kind: v.literal('closed'), connections: v.number() }),
  v.object({ kind: v.literal('open'), arrivals: v.picklist(['poisson', 'constant']), ratePerS: v.number() }),
]);
export type Load = v.InferOutput<typeof Load>;

/** What the generator says first, and before each window; and what it is told then. */
export const READY = 'ready';
export const PREPARED = 'prepared';
export const BEGIN = 'begin';

export const WindowRequest = v.object({
  url: v.string(),
  /** Name of the arm or target: it decides which answer is right. */
  subject: v.string(),
  /** What is asked: a name of workloads.ts, or of a model whose golden cases are then sent. */
  workload: v.string(),
  client: v.picklist(CLIENT_NAMES),
  load: Load,
  durationMs: v.number(),
  /** Seeds the schedule and the sequence of payloads: windows of one seed send the same things at the same times. */
  seed: v.number(),
});
export type WindowRequest = v.InferOutput<typeof WindowRequest>;

/** What may go wrong with a request: an answer that is not right, one of a server that says it failed or none, or none in time. */
export const FAILURES = ['wrong', 'failed', 'timeout'] as const;
export type Failure = (typeof FAILURES)[number];

/**
 * The requests of a window in the order in which they were due, in integer microseconds since its start. In a closed
 * loop a request is due when it is sent. A request that failed has the time of its failure as its last byte.
 */
export const RequestTimes = v.object({
  intendedUs: v.array(v.number()),
  sentUs: v.array(v.number()),
  firstByteUs: v.array(v.number()),
  lastByteUs: v.array(v.number()),
});
export type RequestTimes = v.InferOutput<typeof RequestTimes>;

export const WindowResult = v.object({
  requests: RequestTimes,
  /** Position and kind of each request without a right answer. */
  failures: v.array(v.tuple([v.number(), v.picklist(FAILURES)])),
  /** What the first of them got instead, for people to read; null when all answers were right. */
  firstFailure: v.nullable(v.string()),
  /** Start of the window to its last answer, in milliseconds. */
  elapsedMs: v.number(),
  /** CPU that the generator's process used meanwhile, in milliseconds, and the part of it that was waiting in a loop. */
  clientCpuMs: v.number(),
  spinMs: v.number(),
  /** Share of the time in which the event loop was busy, 0 to 1; recorded, not judged. */
  eventLoopUtilization: v.number(),
});
export type WindowResult = v.InferOutput<typeof WindowResult>;

/** What is judged of a window. */
export type JudgedWindow = Omit<WindowResult, 'firstFailure'> & { readonly load: Load };

const MIN_LAG_US = 1000;
const LAG_SHARE = 0.2;
const MIN_ACHIEVED = 0.99;
const MAX_CPU_SHARE = 0.8;
const MS_PER_S = 1000;

/** Why the window is invalid, or null. */
export function judgeHealth(window: JudgedWindow): string | null {
  const { requests, failures } = window;
  const sent = requests.sentUs.length;
  if (sent === 0) return 'no request was sent';
  if (failures.length > 0) return `${failures.length} of ${sent} answers were wrong or missing`;
  return ownFault(window);
}

/** Why the generator itself spoiled the window, or null: then it can be measured again. Only an open loop can be late. */
export function ownFault(window: JudgedWindow): string | null {
  if (window.load.kind === 'closed') return null;
  return lateFault(window) ?? rateFault(window) ?? cpuFault(window);
}

function lateFault({ requests: { intendedUs, sentUs, lastByteUs } }: JudgedWindow): string | null {
  const since = (times: readonly number[], start: readonly number[]) => times.map((time, i) => time - (start[i] ?? 0));
  const lagUs = quantile(since(sentUs, intendedUs), 0.99) ?? 0;
  const limitUs = Math.max(MIN_LAG_US, LAG_SHARE * (quantile(since(lastByteUs, intendedUs), 0.5) ?? 0));
  return lagUs <= limitUs ? null : `the generator sent 1% of requests ${ms(lagUs)} late or more, over ${ms(limitUs)}`;
}

/** The share of the scheduled rate at which requests left, from the first to the last of them. */
function rateFault({ requests: { intendedUs, sentUs } }: JudgedWindow): string | null {
  const span = (times: readonly number[]) => (times.at(-1) ?? 0) - (times[0] ?? 0);
  const achieved = span(sentUs) === 0 ? 1 : span(intendedUs) / span(sentUs);
  return achieved >= MIN_ACHIEVED
    ? null
    : `the generator sent at ${(achieved * 100).toFixed(1)}% of the scheduled rate`;
}

function cpuFault({ clientCpuMs, spinMs, elapsedMs }: JudgedWindow): string | null {
  const share = (clientCpuMs - spinMs) / elapsedMs;
  return share <= MAX_CPU_SHARE ? null : `the generator used ${(share * 100).toFixed(0)}% of a core besides waiting`;
}

function ms(us: number): string {
  return `${(us / MS_PER_S).toFixed(2)} ms`;
}
