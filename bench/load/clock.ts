/**
 * Time for the loops: a monotonic clock, and waiting for a moment of it. A timer of Node is late by up to some
 * milliseconds, so the last stretch is spent in a loop that gives way to answers.
 */
import { setImmediate } from 'node:timers/promises';

export interface Clock {
  /** Monotonic, in microseconds. */
  nowUs(): number;
  /** Resolves at once when `us` has passed already, else at that time, or earlier when the signal aborts. */
  waitUntil(us: number, signal?: AbortSignal): Promise<void>;
}

/** The clock of this process, with the time that it has spent in its waiting loop. */
export interface SpinningClock extends Clock {
  spentUs(): number;
}

const US_PER_MS = 1000;

/** How long before the moment the loop takes over from the timer. */
const SPIN_US = 2000;

/** A turn of the event loop that took less did nothing but wait. */
const EMPTY_TURN_US = 20;

/** A clock that waits by a timer first and by a loop at the end. */
export function createClock(): SpinningClock {
  const nowUs = () => performance.now() * US_PER_MS;
  let spentUs = 0;
  const spin = async (us: number, signal?: AbortSignal) => {
    let turnUs = nowUs();
    while (turnUs < us && signal?.aborted !== true) {
      await setImmediate();
      const now = nowUs();
      if (now - turnUs < EMPTY_TURN_US) spentUs += now - turnUs;
      turnUs = now;
    }
  };
  return {
    nowUs,
    spentUs: () => spentUs,
    waitUntil: async (us, signal) => {
      const leftUs = us - nowUs();
      if (leftUs > SPIN_US) await sleep((leftUs - SPIN_US) / US_PER_MS, signal);
      await spin(us, signal);
    },
  };
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}
