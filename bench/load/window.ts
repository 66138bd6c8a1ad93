/** One window of load, as it is asked of the generator and answered by it. Both cross a process boundary. */
import * as v from 'valibot';
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
