/** Ends a program with the process that started it: npm does not pass SIGTERM on to its child. */

const CHECK_MS = 250;

/** Calls `end` once the parent is another process than now. */
export function whenParentGone(end: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    end();
  }, CHECK_MS);
  timer.unref();
}
