/**
 * The circuit breaker of one predictor: after some failures in a row nobody waits for it any more, and now and then one
 * request tries whether it is back. Its state is plain numbers that outlive the requests they come from: a request may end
 * in the middle, with its client, and nothing may wait for it.
 */

/** `half-open` while a request tries whether the predictor is back. */
export type BreakerState = 'closed' | 'open' | 'half-open';

export interface Breaker {
  /** 0 for a call that may be made now, else the milliseconds until the next one may. Whoever gets 0 makes the call. */
  admit(nowMs: number): number;
  /** The predictor has answered. */
  succeeded(nowMs: number): void;
  /** It has not answered a call begun at `startMs`; that counts unless it has answered another one since. */
  failed(startMs: number, nowMs: number): void;
  state(): BreakerState;
}

/** How many failures open it, and the milliseconds from that and from each try to the next. */
export interface BreakerOptions {
  readonly failures: number;
  readonly openMs: number;
}

/** A closed one. */
export function createBreaker({ failures, openMs }: BreakerOptions): Breaker {
  let failed = 0;
  let answeredMs = Number.NEGATIVE_INFINITY;
  let isTrying = false;
  /** When the next try may start; undefined while closed. */
  let nextMs: number | undefined;

  return {
    admit: (nowMs) => {
      if (nextMs === undefined) return 0;
      if (nowMs < nextMs) return nextMs - nowMs;
      // A try that has come to nothing by then, as with a client that left, makes room for another.
      nextMs = nowMs + openMs;
      isTrying = true;
      return 0;
    },
    succeeded: (nowMs) => {
      failed = 0;
      answeredMs = nowMs;
      nextMs = undefined;
      isTrying = false;
    },
    failed: (startMs, nowMs) => {
      if (startMs < answeredMs) return;
      failed += 1;
      isTrying = false;
      if (nextMs === undefined && failed >= failures) nextMs = nowMs + openMs;
    },
    state: () => {
      if (nextMs === undefined) return 'closed';
      return isTrying ? 'half-open' : 'open';
    },
  };
}
