/** Time as the policies see it, so that tests can make it pass. Nothing is timed in the global scope, where Workers forbid it. */

/** A clock and its timers. */
export interface Clock {
  /** Milliseconds since some fixed moment; they may stand still between two events. */
  nowMs(): number;
  /** Calls `run` once after `ms` milliseconds; what is returned prevents it. */
  after(ms: number, run: () => void): () => void;
}

/** The platform's. */
export const PLATFORM_CLOCK: Clock = {
  nowMs: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
