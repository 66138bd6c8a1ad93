/**
 * Time for the loops: a monotonic clock, and waiting for a moment of it. A timer of Node is late by up to some
 * milliseconds, so the last stretch is spent in a loop that gives way to answers.
 */
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';

export interface Clock {
  /** Monotonic, in microseconds. */
  nowUs(): number;
  /** Resolves at once when `us` has passed already, else at that time, or earlier when the signal aborts. */
  waitUntil(us: number, signal?: AbortSignal): Promise<void>;
}

const US_PER_MS = 1000;

/** How long before the moment the loop takes over from the timer. */
const SPIN_US = 2000;

/** A turn of the event loop that took less did nothing but wait. */
const EMPTY_TURN_US = 20;

/** The clock of this process, with the time that it has spent in its waiting loop. */
export function createClock(): Clock & { spentUs(): number } {
  const nowUs = () => performance.now() * US_PER_MS;
  let spentUs = 0;
  return {
    nowUs,
    spentUs: () => spentUs,
    waitUntil: async (us, signal) => {
      const timerUs = us - nowUs() - SPIN_US;
      if (timerUs > 0) await sleep(timerUs / US_PER_MS, undefined, { signal }).catch(() => undefined);
      for (let turnUs = nowUs(); turnUs < us && !signal?.aborted; ) {
        await setImmediate();
        const now = nowUs();
        if (now - turnUs < EMPTY_TURN_US) spentUs += now - turnUs;
        turnUs = now;
      }
    },
  };
}
