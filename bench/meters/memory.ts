/** Memory of processes as the kernel counts it. Linux only. */
import { readFileSync } from 'node:fs';

const KIB_PER_MIB = 1024;

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
