/**
 * A budget of CPU for the processes of one arrangement together, and what they used of it: a control group of Linux for
 * each, of version 1 (https://docs.kernel.org/scheduler/sched-bwc.html) or 2, under one parent that goes with this program.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where control groups are mounted. */
const MOUNT = '/sys/fs/cgroup';
const PARENT = 'tandem-bench-';

/** So short that a request waits for no more than one, and as long as an eighth of it is the least that Linux takes. */
const PERIOD_US = 8_000;

const isV2 = existsSync(join(MOUNT, 'cgroup.controllers'));

/** Roots of the hierarchies that a group is made in: of version 1 one that limits and one that counts. */
const ROOTS = isV2 ? [MOUNT] : [join(MOUNT, 'cpu'), join(MOUNT, 'cpuacct')];

export interface CpuBudget {
  /** Moves processes, with all their threads, under the budget; what they start later is under it as well. */
  add(pids: readonly number[]): void;
  /** Allows so much of one core, 1 for all of it; never less than a millisecond in a period. */
  allow(share: number): void;
  /** CPU that all of them have used until now, in milliseconds. */
  usedMs(): number;
}

/** Budgets by name, made when they are first asked for. `remove` takes all away and lets their processes go on unlimited. */
export interface CpuBudgets {
  of(name: string): CpuBudget;
  remove(): void;
}

/** Throws where groups cannot be made, with the file that cannot be written. What killed programs left is removed. */
export function openBudgets(): CpuBudgets {
  for (const root of ROOTS) for (const name of leftIn(root)) removeGroup(root, name);
  const parent = `${PARENT}${process.pid}`;
  const remove = () => {
    process.off('exit', remove);
    for (const root of ROOTS) removeGroup(root, parent);
  };
  process.once('exit', remove);
  try {
    for (const root of ROOTS) {
      mkdirSync(join(root, parent));
      if (isV2) for (const folder of [root, join(root, parent)]) write(folder, 'cgroup.subtree_control', '+cpu');
    }
    const budgets: CpuBudgets = { of: (name) => openBudget(ROOTS.map((root) => join(root, parent, name))), remove };
    budgets.of('trial').allow(1);
    return budgets;
  } catch (cause) {
    remove();
    throw cause;
  }
}

/** Why there are no budgets here; null where there are. */
export function whyNoBudgets(): string | null {
  try {
    openBudgets().remove();
    return null;
  } catch (cause) {
    return `there is no CPU budget here: ${cause instanceof Error ? cause.message : cause}`;
  }
}

function openBudget(folders: readonly string[]): CpuBudget {
  const [limits = '', counts = limits] = folders;
  for (const folder of folders) mkdirSync(folder, { recursive: true });
  return {
    add: (pids) => {
      for (const folder of folders) for (const pid of pids) write(folder, 'cgroup.procs', String(pid));
    },
    allow: (share) => {
      const quotaUs = Math.max(1000, Math.round(share * PERIOD_US));
      if (!isV2) write(limits, 'cpu.cfs_period_us', String(PERIOD_US));
      write(limits, isV2 ? 'cpu.max' : 'cpu.cfs_quota_us', isV2 ? `${quotaUs} ${PERIOD_US}` : String(quotaUs));
    },
    usedMs: () => {
      if (!isV2) return Number(readFileSync(join(counts, 'cpuacct.usage'), 'utf8')) / 1e6;
      const [, us] = /^usage_usec (\d+)$/m.exec(readFileSync(join(counts, 'cpu.stat'), 'utf8')) ?? [];
      return Number(us) / 1000;
    },
  };
}

/** Throws where the file is not there: the kernel makes those of a group, so that no folder elsewhere passes for one. */
function write(folder: string, file: string, text: string): void {
  writeFileSync(join(folder, file), text, { flag: 'r+' });
}

/** Parents of programs that were killed, or that had the id which is this one's now. */
function leftIn(root: string): string[] {
  const names = existsSync(root) ? readdirSync(root) : [];
  const ours = names.filter((name) => name.startsWith(PARENT));
  const pidOf = (name: string) => name.slice(PARENT.length);
  return ours.filter((name) => pidOf(name) === String(process.pid) || !existsSync(`/proc/${pidOf(name)}`));
}

/** How often a group is tried to be removed, and how long after each time, in milliseconds: a process takes time to end. */
const [TRIES, WAIT_MS] = [100, 10];

/** A group that still has processes cannot be removed: they go back to the root. Throws when one stays all the same. */
function removeGroup(root: string, name: string): void {
  const folder = join(root, name);
  if (!existsSync(folder)) return;
  const groups = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const group of groups) removeGroup(folder, group.name);
  for (let left = TRIES; ; left--) {
    try {
      for (const pid of readFileSync(join(folder, 'cgroup.procs'), 'utf8').match(/\d+/g) ?? []) {
        write(folder.slice(0, folder.indexOf(`/${PARENT}`)), 'cgroup.procs', pid);
      }
      rmdirSync(folder);
      return;
    } catch (cause) {
      if (left === 0) throw cause;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);
    }
  }
}
