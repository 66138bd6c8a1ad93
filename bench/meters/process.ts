/** CPU time and memory of processes, from the kernel's own accounting. Linux only: null where there is no such file. */
import { existsSync, globSync, readFileSync } from 'node:fs';

const NS_PER_MS = 1e6;
const KIB_PER_MIB = 1024;

/** USER_HZ, which is 100 on every Linux that Node runs on (proc_pid_stat(5)). */
const MS_PER_TICK = 10;

/** CPU time that all threads of `pids` have used, in milliseconds. Threads that have ended are not in it. */
export function cpuTimeMs(pids: readonly number[]): number | null {
  return sum(pids, 'task/*/schedstat', ranMs);
}

/** CPU time of a process's first thread, on which workerd runs all JavaScript and WebAssembly, in milliseconds. */
export function mainThreadCpuMs(pid: number): number | null {
  return sum([pid], `task/${pid}/schedstat`, ranMs);
}

/** How long a process's first thread has been ready to run while its core was another thread's, in milliseconds. */
export function mainThreadWaitMs(pid: number): number | null {
  return sum([pid], `task/${pid}/schedstat`, (text) => Number(text.split(' ')[1]) / NS_PER_MS);
}

/** Time on a core: the first field of /proc/PID/task/TID/schedstat, in nanoseconds. */
function ranMs(text: string): number {
  return Number(text.split(' ')[0]) / NS_PER_MS;
}

/**
 * CPU time of all threads of `pids` with threads that have ended, in steps of 10 ms: utime and stime of /proc/PID/stat.
 * For servers that start a thread for each connection.
 */
export function coarseCpuTimeMs(pids: readonly number[]): number | null {
  // Fields 14 and 15; counted after the name, which may hold spaces.
  const fields = (text: string) => text.split(') ').at(-1)?.split(' ').map(Number) ?? [];
  return sum(pids, 'stat', (text) => ((fields(text)[11] ?? 0) + (fields(text)[12] ?? 0)) * MS_PER_TICK);
}

/** Proportional set size of `pids` together in MiB, from /proc/PID/smaps_rollup; null also when one of them has ended. */
export function memoryMiB(pids: readonly number[]): number | null {
  const areThere = pids.every((pid) => existsSync(`/proc/${pid}/smaps_rollup`));
  return areThere ? sum(pids, 'smaps_rollup', mebibytes(/^Pss:\s+(\d+) kB/m)) : null;
}

/** Peak resident set of a process in MiB: VmHWM of /proc/PID/status. */
export function peakMemoryMiB(pid: number): number | null {
  return sum([pid], 'status', mebibytes(/^VmHWM:\s+(\d+) kB/m));
}

function mebibytes(line: RegExp): (text: string) => number {
  return (text) => Number(line.exec(text)?.[1]) / KIB_PER_MIB;
}

/** A thread or process may end between the listing and the reading; it then counts as nothing. */
function sum(pids: readonly number[], files: string, read: (text: string) => number): number | null {
  const values = globSync(pids.map((pid) => `/proc/${pid}/${files}`)).flatMap((file) => {
    try {
      return read(readFileSync(file, 'utf8'));
    } catch {
      return [];
    }
  });
  return values.length === 0 ? null : values.reduce((total, value) => total + value);
}
