/** Whether other programs took the processor from a process. Linux only. */
import { globSync, readFileSync } from 'node:fs';

const NS_PER_MS = 1e6;

/** More of a window than this share without the core that a process was ready to run on spoils it. */
const MAX_SHARE = 0.02;

/**
 * How long the first thread of a process has been ready to run while its core was another program's, in milliseconds since its
 * start: the second field of /proc/PID/task/TID/schedstat, in nanoseconds, without the time in which the process's own
 * other threads ran, which are the first field: collecting garbage is its own affair. Null where there are no such files.
 */
export function waitedMs(pid: number): number | null {
  try {
    const waitedNs = schedstat(`/proc/${pid}/task/${pid}/schedstat`)[1];
    const others = globSync(`/proc/${pid}/task/*/schedstat`).filter((file) => !file.includes(`/task/${pid}/`));
    const ownNs = others.reduce((sum, file) => sum + schedstat(file)[0], 0);
    return (waitedNs - ownNs) / NS_PER_MS;
  } catch {
    return null;
  }
}

/** Time on a core and time ready to run without one, in nanoseconds. */
function schedstat(file: string): [number, number] {
  const [ran, waited] = readFileSync(file, 'utf8').split(' ').map(Number);
  return [ran ?? 0, waited ?? 0];
}

/** Why a window of that length is spoiled, given the two readings around it; null when it is not or nobody can tell. */
export function crowdingFault(before: number | null, after: number | null, elapsedMs: number): string | null {
  if (before === null || after === null) return null;
  const share = (after - before) / elapsedMs;
  if (share <= MAX_SHARE) return null;
  return `other programs held the load generator's core for ${(share * 100).toFixed(0)}% of the window`;
}
