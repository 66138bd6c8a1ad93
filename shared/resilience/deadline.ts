/** A bound on one call: it ends in time, whatever becomes of what it waits for. */
import type { Clock } from './clock.ts';

/** What a call that took too long comes to. */
export const LATE = Symbol('late');

/**
 * What `call` comes to within `limitMs`, or `LATE`. A call that is late is abandoned: `abort` ends it where it can be ended,
 * and what it still comes to, also a rejection, is dropped.
 */
export function within<T>(
  { clock, limitMs, abort }: { readonly clock: Clock; readonly limitMs: number; readonly abort?: () => void },
  call: () => Promise<T>,
): Promise<T | typeof LATE> {
  return new Promise((resolve, reject) => {
    const pending = call();
    const stop = clock.after(limitMs, () => {
      resolve(LATE);
      abort?.();
    });
    pending.then(
      (value) => {
        stop();
        resolve(value);
      },
      (cause) => {
        stop();
        reject(cause);
      },
    );
  });
}
