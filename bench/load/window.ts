/** One window of load, as it is asked of the generator and answered by it. Both cross a process boundary. */
import * as v from 'valibot';
import { CLIENT_NAMES } from './client.ts';

export const WindowRequest = v.object({
  url: v.string(),
  /** Name of the arm or target: it decides which answer is right. */
  subject: v.string(),
  /** The model to ask; without one the default model. */
  model: v.optional(v.string()),
  client: v.picklist(CLIENT_NAMES),
  connections: v.number(),
  durationMs: v.number(),
});
export type WindowRequest = v.InferOutput<typeof WindowRequest>;

export const WindowResult = v.object({
  /** Service times of all requests in integer microseconds, in the order of their answers. */
  latenciesUs: v.array(v.number()),
  /** First send to last answer, in milliseconds. */
  elapsedMs: v.number(),
  /** Answers that were wrong, and requests that failed. */
  errors: v.number(),
  /** CPU that the generator's process used meanwhile, in milliseconds. */
  clientCpuMs: v.number(),
});
export type WindowResult = v.InferOutput<typeof WindowResult>;
