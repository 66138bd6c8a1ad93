/** One window of load: how it is asked of the generator and answered by it, over a process boundary, and whether it may be used. */
import * as v from 'valibot';
import { quantile } from '../stats/distributions.ts';
import { CLIENT_NAMES } from './client.ts';

/** When requests are sent: the next one after an answer (closed), or at times fixed beforehand (open). */
export const Load = v.variant('kind', [
  v.object({ kind: v.literal('closed'), connections: v.number() }),
  v.object({ kind: v.literal('open'), arrivals: v.picklist(['poisson', 'constant']), ratePerS: v.number() }),
]);
export type Load = v.InferOutput<typeof Load>;

export const WindowRequest = v.object({
  url: v.string(),
  /** Name of the arm or target: it decides which answer is right. */
  subject: v.string(),
  /** What is asked: a name of workloads.ts, or of a model whose golden cases are then sent. */
  workload: v.string(),
  client: v.picklist(CLIENT_NAMES),
  load: Load,
  /** Share of the requests that go to the cheap routes instead; and others that answer the same, asked in turn. */
  cheapShare: v.optional(v.number()),
  replicas: v.optional(v.array(v.string())),
  durationMs: v.number(),
  /** An open loop ends early once it is missed: one failed, or too many took longer for those that were to be sent. */
  objective: v.optional(v.object({ percentile: v.number(), ms: v.number() })),
  /** Seeds the schedule and the sequence of payloads: windows of one seed send the same things at the same times. */
  seed: v.number(),
});
export type WindowRequest = v.InferOutput<typeof WindowRequest>;

/** What may go wrong with a request: an answer that is not right, one of a server that says it failed or none, or none in time. */
const FAILURES = ['wrong', 'failed', 'timeout'] as const;
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
  /** Position and kind of each request without a right answer, and the status where there was an answer. */
  failures: v.array(v.tupleWithRest([v.number(), v.picklist(FAILURES)], v.number())),
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

/** Requests may leave so late, or by this share of the median response time where that is more. */
const MIN_LAG_US = 1000;
const LAG_SHARE = 0.2;

/** Least share of the scheduled rate, and most share of a core besides waiting. */
const MIN_ACHIEVED = 0.99;
const MAX_CPU_SHARE = 0.8;

/** Why the window is invalid, or null. */
export function judgeHealth(window: JudgedWindow): string | null {
  const sent = window.requests.sentUs.length;
  if (sent === 0) return 'no request was sent';
  const failed = window.failures.length;
  return failed > 0 ? `${failed} of ${sent} answers were wrong or missing` : ownFault(window);
}

/** Why the generator itself spoiled the window, or null: then it can be measured again. Only an open loop can be late. */
export function ownFault(window: JudgedWindow): string | null {
  return window.load.kind === 'closed' ? null : (lateness(window) ?? shortfall(window));
}

function lateness({ requests }: JudgedWindow): string | null {
  const { intendedUs, sentUs, lastByteUs } = requests;
  const sinceDue = (times: readonly number[]) => times.map((time, i) => time - (intendedUs[i] ?? 0));
  const lagUs = quantile(sinceDue(sentUs), 0.99) ?? 0;
  const limitUs = Math.max(MIN_LAG_US, LAG_SHARE * (quantile(sinceDue(lastByteUs), 0.5) ?? 0));
  return lagUs > limitUs ? `the generator sent 1% of requests ${ms(lagUs)} late or more, over ${ms(limitUs)}` : null;
}

/**
 * Why the load of an open loop was less than asked for, or null: the last request left over `allowedUs` later than the first
 * did, and over a share. Requests that were only late look slower than they were.
 */
export function shortfall({ requests: { intendedUs, sentUs }, ...window }: JudgedWindow, allowedUs = 0): string | null {
  const { clientCpuMs, spinMs, elapsedMs } = window;
  const span = (times: readonly number[]) => (times.at(-1) ?? 0) - (times[0] ?? 0);
  const achieved = span(sentUs) === 0 ? 1 : span(intendedUs) / span(sentUs);
  if (achieved < MIN_ACHIEVED && span(sentUs) - span(intendedUs) > allowedUs)
    return `the generator sent at ${(achieved * 100).toFixed(1)}% of the scheduled rate`;
  const share = (clientCpuMs - spinMs) / elapsedMs;
  return share > MAX_CPU_SHARE ? `the generator used ${(share * 100).toFixed(0)}% of a core besides waiting` : null;
}

function ms(us: number): string {
  return `${(us / 1000).toFixed(2)} ms`;
}
