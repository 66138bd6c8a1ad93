/** Finds the workerd processes that Miniflare started for this program, and pins processes to a core. Linux only. */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Environment variable by which an arm's processes are told apart. */
export const MARK = 'TANDEM_ARM';

/** This program's children whose environment has `MARK` set to `mark`; none where there is no /proc. */
export function childrenMarked(mark: string): number[] {
  if (!existsSync('/proc/self/task')) return [];
  const children = globSync('/proc/self/task/*/children').flatMap((file) => readFileSync(file, 'utf8').split(' '));
  return children.filter((pid) => pid !== '' && environmentOf(pid).includes(`${MARK}=${mark}`)).map(Number);
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
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
  return { client: '0', servers: `1-${cores - 1}` };
}

/** Binds all threads of a process to `cores`. */
export function pin(pid: number, cores: string): void {
  spawnSync('taskset', ['-acp', cores, String(pid)], { stdio: 'ignore' });
}
