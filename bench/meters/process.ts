/** CPU time and memory of processes, from the kernel's own accounting. Linux only. */
import { globSync, readFileSync } from 'node:fs';

const NS_PER_MS = 1e6;
const KIB_PER_MIB = 1024;

/** USER_HZ, which is 100 on every Linux that Node runs on (proc_pid_stat(5)). */
const MS_PER_TICK = 10;

/**
 * CPU time that all threads of `pids` have used, in milliseconds: the first field of /proc/PID/task/TID/schedstat, in
 * nanoseconds. Threads that have ended are not in it. Null where there is no such file.
 */
export function cpuTimeMs(pids: readonly number[]): number | null {
  return sum(
    pids.flatMap((pid) => globSync(`/proc/${pid}/task/*/schedstat`)),
    (text) => Number(text.split(' ')[0]) / NS_PER_MS,
  );
}

/** CPU time of a process's first thread, on which workerd runs all JavaScript and WebAssembly, in milliseconds. */
export function mainThreadCpuMs(pid: number): number | null {
  return sum(globSync(`/proc/${pid}/task/${pid}/schedstat`), (text) => Number(text.split(' ')[0]) / NS_PER_MS);
}

/**
 * CPU time of all threads of `pids` with threads that have ended, in steps of 10 ms: utime and stime of /proc/PID/stat. For servers that start a
 * thread for each connection.
 */
export function coarseCpuTimeMs(pids: readonly number[]): number | null {
  return sum(
    pids.flatMap((pid) => globSync(`/proc/${pid}/stat`)),
    (text) => {
      // Fields 14 and 15; counted after the name, which may hold spaces.
      const [utime, stime] = text.split(') ').at(-1)?.split(' ').slice(11, 13).map(Number) ?? [];
      return ((utime ?? 0) + (stime ?? 0)) * MS_PER_TICK;
    },
  );
}

/** A thread or process may end between the listing and the reading; it then counts as nothing. */
function sum(files: readonly string[], read: (text: string) => number): number | null {
  if (files.length === 0) return null;
  return files.reduce((total, file) => {
    try {
      return total + read(readFileSync(file, 'utf8'));
    } catch {
      return total;
    }
  }, 0);
}

/** Proportional set size of `pids` together in MiB, from /proc/PID/smaps_rollup. Null where there is no such file. */
export function memoryMiB(pids: readonly number[]): number | null {
  try {
    const kib = pids.map((pid) =>
      Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]),
    );
    return kib.length === 0 ? null : kib.reduce((sum, value) => sum + value, 0) / KIB_PER_MIB;
  } catch {
    return null;
  }
}

/** Peak resident set of a process in MiB: VmHWM of /proc/PID/status. Null where there is no such file. */
export function peakMemoryMiB(pid: number): number | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / KIB_PER_MIB;
  } catch {
    return null;
  }
}
