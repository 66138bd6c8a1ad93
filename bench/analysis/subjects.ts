/** The subjects of a run: who was measured, how often that failed, and what they used by role. */
import type { Environment } from '../run/environment.ts';
import { mean } from '../stats/interval.ts';
import { wilson } from '../stats/wilson.ts';
import type { CollectedRun } from './collect.ts';
import { isSweep8 } from './condition.ts';
import { cpuMsPerRequest } from './metric-value.ts';
import type { SubjectResult } from './results.ts';
import type { Counts, SeriesWindow } from './series.ts';

const MAX_REMARKS = 5;

/** A subject with what its values are judged by. */
export interface MeasuredSubject {
  readonly name: string;
  readonly kind: 'arm' | 'target';
  readonly counts: Counts;
  /** Its starts that came to their end, and those of them in which the warm-up did not come to rest. */
  readonly starts: ReadonlySet<number>;
  readonly unstable: ReadonlySet<number>;
  /** CPU used with nothing to do, in milliseconds per millisecond, by start. */
  readonly idleCpuRate: ReadonlyMap<number, number>;
}

/** Those that were asked for, in that order, and whichever else there are records of. */
export function subjectsOf(environment: Environment, run: CollectedRun): MeasuredSubject[] {
  const kinds = new Map<string, 'arm' | 'target'>(environment.subjects.map(({ name, kind }) => [name, kind]));
  for (const { subject } of [...run.series, ...run.starts]) if (!kinds.has(subject)) kinds.set(subject, 'arm');
  return [...kinds].map(([name, kind]) => {
    const starts = run.starts.filter(({ subject }) => subject === name);
    return {
      name,
      kind,
      counts: run.counts(name),
      starts: new Set(starts.map(({ start }) => start)),
      unstable: new Set(starts.flatMap(({ start, stable }) => (stable ? [] : start))),
      idleCpuRate: new Map(starts.map(({ start, idleCpuRate }) => [start, idleCpuRate ?? 0])),
    };
  });
}

export function subjectResult(subject: MeasuredSubject, run: CollectedRun): SubjectResult {
  const { name, kind, counts, unstable } = subject;
  const busy = run.series.find((series) => series.subject === name && isSweep8(series.condition));
  const cpu = (busy?.windows ?? []).map((window) => cpuByRole(window, subject));
  const own = run.starts.filter((start) => start.subject === name);
  return {
    name,
    kind,
    requests: counts.requests,
    failures: counts.failures,
    failureShareCi95: wilson(counts.failures, counts.requests),
    unstableStarts: unstable.size,
    repeatedWindows: counts.repeated,
    cpuMsByRole: meanByRole(cpu),
    memoryMiBByRole: meanByRole(own.map(({ memoryMiB }) => memoryMiB)),
    loadedMemoryMiBByRole: meanByRole(own.map(({ loadedMemoryMiB }) => loadedMemoryMiB)),
    remarks: remarksOn(name, run),
  };
}

/** The first few notes: a subject that fails all the time has one for every window. */
function remarksOn(name: string, { notes }: CollectedRun): string[] {
  const texts = notes.flatMap(({ subject, text }) => (subject === name ? text : []));
  if (texts.length <= MAX_REMARKS) return texts;
  return [...texts.slice(0, MAX_REMARKS), `${texts.length - MAX_REMARKS} more remarks are in the records of the run`];
}

type ByRole = Readonly<Record<string, number>>;

/** What the subject uses when idle is known for all roles together: each gives up the same share. */
function cpuByRole(window: SeriesWindow, { idleCpuRate }: MeasuredSubject): ByRole | null {
  const total = cpuMsPerRequest(window, idleCpuRate.get(window.start) ?? 0);
  if (window.serverCpuMs === null || total === null) return null;
  const roles = Object.entries(window.serverCpuMs);
  const sum = roles.reduce((all, [, ms]) => all + ms, 0);
  return Object.fromEntries(roles.map(([role, ms]) => [role, sum === 0 ? 0 : (total * ms) / sum]));
}

/** Null when nothing was measured. */
function meanByRole(values: readonly (ByRole | null)[]): ByRole | null {
  const known = values.filter((value) => value !== null);
  const roles = new Set(known.flatMap((value) => Object.keys(value)));
  if (roles.size === 0) return null;
  return Object.fromEntries([...roles].map((role) => [role, mean(known.map((value) => value[role] ?? 0))]));
}
