/** A clock for policies: time passes when the test says so, and calls what is due, in order. */
import type { Clock } from '../../shared/resilience/clock.ts';

export interface SteppedClock extends Clock {
  /** Lets time pass, and what waits for promises run after each step of it. */
  pass(ms: number): Promise<void>;
  /** Timers that have neither run nor been stopped. */
  timers(): number;
}

export function createSteppedClock(): SteppedClock {
  let nowMs = 0;
  const due = new Set<{ readonly atMs: number; readonly run: () => void }>();
  /** Promises that follow from others need a few turns. */
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    nowMs: () => nowMs,
    after: (ms, run) => {
      const timer = { atMs: nowMs + ms, run };
      due.add(timer);
      return () => void due.delete(timer);
    },
    timers: () => due.size,
    pass: async (ms) => {
      const endMs = nowMs + ms;
      await settle();
      for (;;) {
        const [next] = [...due].toSorted((a, b) => a.atMs - b.atMs);
        if (next === undefined || next.atMs > endMs) break;
        due.delete(next);
        nowMs = next.atMs;
        next.run();
        await settle();
      }
      nowMs = endMs;
    },
  };
}
