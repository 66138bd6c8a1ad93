/** Finds the workerd processes that Miniflare started for this program, and pins processes to a core. Linux only. */
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Environment variable by which an arm's processes are told apart. */
export const MARK = 'TANDEM_ARM';

/** This program's children whose environment has `MARK` set to `mark`; none where there is no /proc. */
export function childrenMarked(mark: string): number[] {
  return childrenOf(process.pid).filter((pid) => environmentOf(pid).includes(`${MARK}=${mark}`));
}

/** A process and all that it started; only itself where there is no /proc. */
export function withDescendants(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(withDescendants)];
}

function childrenOf(pid: number): number[] {
  const files = globSync(`/proc/${pid}/task/*/children`);
  return files.flatMap((file) => readOr(file).split(' ')).flatMap((child) => (child === '' ? [] : Number(child)));
}

function environmentOf(pid: number): string[] {
  return readOr(`/proc/${pid}/environ`).split('\0');
}

/** A file of a process that may have ended; empty then. */
function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Lists of cores as `taskset` takes them. */
export interface Cores {
  readonly client: string;
  readonly servers: string;
}

/** One core for the client and the others for the servers; null where there is one core or no `taskset`. */
export function chooseCores(): Cores | null {
  const cores = availableParallelism();
  if (cores < 2 || spawnSync('taskset', ['-p', String(process.pid)]).status !== 0) return null;
  return { client: '0', servers: cores === 2 ? '1' : `1-${cores - 1}` };
}

/**
 * Binds the first thread of a process to `cores`; threads that it has started already go where the system puts them. On
 * the same core as the load generator's first thread, those of its engine made requests leave late: 1% by 1 to 2 ms at
 * 1,000 a second, against 0.1 to 0.5.
 */
export function pinFirstThread(pid: number, cores: string): void {
  spawnSync('taskset', ['-cp', cores, String(pid)], { stdio: 'ignore' });
}

/** Binds all threads of a process to `cores`. */
export function pin(pid: number, cores: string): void {
  spawnSync('taskset', ['-acp', cores, String(pid)], { stdio: 'ignore' });
}
