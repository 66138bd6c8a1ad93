/** What the experiments share: the plan, the generator, where records go, the subjects that run, and their meters. */
import { askedModel } from '../arms/arms.ts';
import { pin } from '../arms/processes.ts';
import { firstRightAnswer, type RunningArm, startArm } from '../arms/start-arm.ts';
import type { Generator } from '../load/start-generator.ts';
import { coarseCpuTimeMs, cpuTimeMs, memoryMiB } from '../meters/process.ts';
import { isPeer } from '../peers/peers.ts';
import type { OpenRun } from '../run/run-folder.ts';
import type { RunPlan, Subject } from './plan.ts';

/** What lasts for the whole run. */
export interface Session {
  readonly plan: RunPlan;
  readonly run: OpenRun;
  readonly generator: Generator;
  /** Shows what comes next, and that it takes `ms` of the run. */
  show(phase: string, ms: number): void;
}

/** One start of all subjects, from 1. */
export interface Start extends Session {
  readonly start: number;
}

/** A target has no processes here, and goes on when it is stopped. */
export type RunningSubject = Subject & RunningArm;

/** Resolves when the subject has given its first right answer, its processes on the cores of servers. */
export async function startSubject(subject: Subject, { build, cores }: RunPlan): Promise<RunningSubject> {
  if (subject.kind === 'target') {
    await firstRightAnswer(subject.name, subject.url, askedModel(build));
    return { ...subject, processes: [], stop: async () => undefined };
  }
  const running = await startArm(subject.arm, { build });
  if (cores !== null) for (const { pid } of running.processes) pin(pid, cores.servers);
  return { ...subject, ...running };
}

/** A meter's reading of a subject's processes by role; null where the system does not tell. */
export type ByRole = Readonly<Record<string, number>> | null;

/** What was used between two readings. */
export function difference(before: ByRole, after: ByRole): ByRole {
  if (before === null || after === null) return null;
  return Object.fromEntries(Object.entries(after).map(([role, value]) => [role, value - (before[role] ?? 0)]));
}

/** CPU time that the subject's processes have used, in milliseconds by role. */
export function cpuByRole(subject: RunningSubject): ByRole {
  return byRole(subject, subject.arm !== null && isPeer(subject.arm) ? coarseCpuTimeMs : cpuTimeMs);
}

/** Proportional set size of the subject's processes, in MiB by role. */
export function memoryByRole(subject: RunningSubject): ByRole {
  return byRole(subject, memoryMiB);
}

function byRole({ processes }: RunningSubject, read: (pids: readonly number[]) => number | null): ByRole {
  const values: [string, number][] = [];
  for (const [role, own] of Map.groupBy(processes, (process) => process.role)) {
    const value = read(own.map(({ pid }) => pid));
    if (value === null) return null;
    values.push([role, value]);
  }
  return values.length === 0 ? null : Object.fromEntries(values);
}
