/** CPU time of processes, from the scheduler's own accounting. Linux only. */
import { globSync, readFileSync } from 'node:fs';

const NS_PER_MS = 1e6;

/**
 * CPU time that all threads of `pids` have used, in milliseconds: the first field of /proc/PID/task/TID/schedstat, in
 * nanoseconds. Null where there is no such file.
 */
export function cpuTimeMs(pids: readonly number[]): number | null {
  const files = pids.flatMap((pid) => globSync(`/proc/${pid}/task/*/schedstat`));
  if (files.length === 0) return null;
  return files.reduce((sum, file) => sum + readNs(file) / NS_PER_MS, 0);
}

/** A thread may end between the listing and the reading; it then counts as nothing. */
function readNs(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8').split(' ')[0]);
  } catch {
    return 0;
  }
}
