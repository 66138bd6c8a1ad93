/** Starts what is measured, and reads the meters of its processes. */
import { askedModel } from '../arms/arms.ts';
import { pin } from '../arms/processes.ts';
import { firstRightAnswer, type RunningArm, startArm } from '../arms/start-arm.ts';
import { coarseCpuTimeMs, cpuTimeMs, memoryMiB } from '../meters/process.ts';
import { isPeer } from '../peers/peers.ts';
import type { RunPlan, Subject } from './plan.ts';

export interface RunningSubject extends Pick<Subject, 'name' | 'arm'> {
  readonly subject: Subject;
  readonly url: URL;
  /** Server processes on this machine; empty for a target. */
  readonly processes: RunningArm['processes'];
  /** What it uses after its first right answer, before any load. */
  readonly memoryAtRest: ByRole;
  stop(): Promise<void>;
}

/** Resolves when the subject has given its first right answer, its processes on the cores of servers. */
export async function startSubject(subject: Subject, plan: RunPlan): Promise<RunningSubject> {
  const { name, arm } = subject;
  if (subject.kind === 'target') {
    await firstRightAnswer(name, subject.url, askedModel(plan.build));
    return { name, arm, subject, url: subject.url, processes: [], memoryAtRest: null, stop: async () => undefined };
  }
  const { url, processes, stop } = await startArm(subject.arm, { build: plan.build });
  if (plan.cores !== null) for (const { pid } of processes) pin(pid, plan.cores.servers);
  return { name, arm, subject, url, processes, memoryAtRest: null, stop };
}

/** A meter's reading of a subject's processes by role; null where the system does not tell. */
export type ByRole = Readonly<Record<string, number>> | null;

type Metered = Pick<RunningSubject, 'arm' | 'processes'>;

/** CPU time that the subject's processes have used, in milliseconds by role. */
export function cpuByRole(subject: Metered): ByRole {
  return byRole(subject, subject.arm !== null && isPeer(subject.arm) ? coarseCpuTimeMs : cpuTimeMs);
}

/** Proportional set size of the subject's processes, in MiB by role. */
export function memoryByRole(subject: Metered): ByRole {
  return byRole(subject, memoryMiB);
}

function byRole({ processes }: Metered, read: (pids: readonly number[]) => number | null): ByRole {
  const roles = [...new Set(processes.map(({ role }) => role))];
  const values: [string, number][] = [];
  for (const role of roles) {
    const value = read(processes.filter((process) => process.role === role).map(({ pid }) => pid));
    if (value === null) return null;
    values.push([role, value]);
  }
  return values.length === 0 ? null : Object.fromEntries(values);
}
