/** A clock whose time passes only when nothing else is left to do: a run on it takes no time and is exact. */
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../bench/load/loops.ts';

interface Waiting {
  readonly atUs: number;
  readonly resume: () => void;
}

export class VirtualClock implements Clock {
  #nowUs = 0;
  #waiting: Waiting[] = [];

  nowUs(): number {
    return this.#nowUs;
  }

  waitUntil(us: number, signal?: AbortSignal): Promise<void> {
    if (us <= this.#nowUs || signal?.aborted) return Promise.resolve();
    return new Promise((resume) => {
      const waiting = { atUs: us, resume };
      this.#waiting.push(waiting);
      signal?.addEventListener('abort', () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        resume();
      });
    });
  }

  /** Runs a job to its end, moving the time on to the next thing that waits whenever all is quiet. */
  async run<T>(job: Promise<T>): Promise<T> {
    let done = false;
    const end = job.finally(() => {
      done = true;
    });
    for (;;) {
      await setImmediate();
      if (done) return end;
      const [next] = this.#waiting.toSorted((a, b) => a.atUs - b.atUs);
      if (next === undefined)
        throw new Error('expected something to wait for, but nothing is left and the job is not done');
      this.#waiting = this.#waiting.filter((waiting) => waiting !== next);
      this.#nowUs = next.atUs;
      next.resume();
    }
  }
}
