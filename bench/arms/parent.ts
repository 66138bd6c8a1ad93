/** Ends a program with the process that started it, or when it is asked to. */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

const CHECK_MS = 250;

/** Calls `end` once a process that this one hangs on is gone. */
export function whenParentGone(end: () => void): void {
  const atStart = parents();
  const timer = setInterval(() => {
    if (parents() === atStart) return;
    clearInterval(timer);
    end();
  }, CHECK_MS);
  timer.unref();
}

/** Ends with 128 and the signal's number, through `exit` and what hangs on it: processes and folders of this program. */
export function exitOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
}

/** The parent's id and, where that is npm's shell, npm's: a shell that does not `exec` outlives an npm that is killed. */
function parents(): string {
  const isScript = process.env.npm_lifecycle_event !== undefined && proc(process.ppid, 'cmdline').includes('\0-c\0');
  return isScript ? `${process.ppid} ${parentOf(process.ppid)}` : String(process.ppid);
}

/** Field 4 of /proc/PID/stat, counted after the name in parentheses. */
function parentOf(pid: number): string {
  return proc(pid, 'stat').split(') ').at(-1)?.split(' ')[1] ?? '';
}

/** A file of /proc; empty where there is none. */
function proc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
