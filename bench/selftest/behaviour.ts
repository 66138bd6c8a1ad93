/** What a known server does, and what it tells of what it did. Both cross a process boundary. */
import * as v from 'valibot';

export const Behaviour = v.variant('kind', [
  /** Answers each request so long after it came, side by side with others. 0 answers at once. */
  v.object({ kind: v.literal('delay'), delayMs: v.number() }),
  /** The same, but from `afterMs` after the first request on it does nothing at all for `stallMs`. */
  v.object({ kind: v.literal('stall'), delayMs: v.number(), afterMs: v.number(), stallMs: v.number() }),
  /** One worker that serves first come, first served, so long for each request. */
  v.object({ kind: v.literal('queue'), serviceMs: v.number() }),
]);
export type Behaviour = v.InferOutput<typeof Behaviour>;

/** What the server itself saw since it was last asked to forget, in milliseconds. */
export const ServerReport = v.object({
  requests: v.number(),
  /** Median time from a request's arrival to its answer. */
  medianMs: v.number(),
  /** How much later than its behaviour says the server answered: the mean, and the 90th percentile. */
  meanLateMs: v.number(),
  p90LateMs: v.number(),
});
export type ServerReport = v.InferOutput<typeof ServerReport>;

/** What the server is told. `forget` is answered with `{}` when it has forgotten. */
export const Order = v.picklist(['forget', 'report']);
export type Order = v.InferOutput<typeof Order>;

export const Listening = v.object({ port: v.number() });
