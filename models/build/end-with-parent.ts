/** Ends a process that works for another when that one is gone. */
import { Worker } from 'node:worker_threads';

/** Starts to look. A model that never ends blocks the calling thread, so another one looks whether anybody still waits. */
export function endWithParent(): void {
  const watch = `setInterval(() => process.ppid === ${process.ppid} || process.kill(process.pid, 'SIGKILL'), 250)`;
  new Worker(watch, { eval: true }).unref();
}
