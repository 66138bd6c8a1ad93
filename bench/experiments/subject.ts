/** What is measured: a local arm, started anew for each start, or a deployment that already runs somewhere. */
import type { BuildOptions } from '../../models/build/options.ts';
import { type ArmName, askedModel, TOPOLOGIES } from '../arms/arms.ts';
import { firstRightAnswer, type RunningArm, startArm } from '../arms/start-arm.ts';
import { coarseCpuTimeMs, cpuTimeMs } from '../meters/cpu.ts';
import { memoryMiB } from '../meters/memory.ts';
import { isPeer } from '../peers/peers.ts';

export type Subject =
  | { readonly kind: 'arm'; readonly name: ArmName }
  | { readonly kind: 'target'; readonly name: string; readonly url: URL };

export interface RunningSubject {
  readonly name: string;
  readonly url: URL;
  /** Server processes on this machine; empty for a target. */
  readonly processes: RunningArm['processes'];
  stop(): Promise<void>;
}

/** Resolves when the subject has given its first right answer. `build`: options of the build that arms are started from. */
export async function startSubject(subject: Subject, build: BuildOptions): Promise<RunningSubject> {
  if (subject.kind === 'arm') {
    const { url, processes, stop } = await startArm(subject.name, { build });
    return { name: subject.name, url, processes, stop };
  }
  await firstRightAnswer(subject.name, subject.url, askedModel(build));
  return { name: subject.name, url: subject.url, processes: [], stop: async () => undefined };
}

/** Whether the subject serves every model of the build; the others serve the default one or none. */
export function servesAllModels({ name }: Pick<RunningSubject, 'name'>): boolean {
  return name === 'combined-stock' || TOPOLOGIES.some((arm) => arm === name);
}

/** A meter's reading of a subject's processes by role; null where the system does not tell. */
export type ByRole = Readonly<Record<string, number>> | null;

/** CPU time that the subject's processes have used, in milliseconds by role. */
export function cpuByRole(subject: RunningSubject): ByRole {
  return byRole(subject, isPeer(subject.name) ? coarseCpuTimeMs : cpuTimeMs);
}

/** Proportional set size of the subject's processes, in MiB by role. */
export function memoryByRole(subject: RunningSubject): ByRole {
  return byRole(subject, memoryMiB);
}

function byRole({ processes }: RunningSubject, read: (pids: readonly number[]) => number | null): ByRole {
  const roles = [...new Set(processes.map(({ role }) => role))];
  const values: [string, number][] = [];
  for (const role of roles) {
    const value = read(processes.filter((process) => process.role === role).map(({ pid }) => pid));
    if (value === null) return null;
    values.push([role, value]);
  }
  return values.length === 0 ? null : Object.fromEntries(values);
}
