/** Ends a process that works for another when that one is gone. */
import { Worker } from 'node:worker_threads';

/**
 * Starts to look for the process whose id is this program's argument: the one that started it may be gone before this one
 * looks for the first time. A model that never ends blocks the calling thread, so another one looks.
 */
export function endWithParent(): void {
  const watch = `setInterval(() => process.ppid === ${Number(process.argv[2])} || process.kill(process.pid, 'SIGKILL'), 250)`;
  new Worker(watch, { eval: true }).unref();
}
