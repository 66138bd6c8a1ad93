/** The subjects of a run: who was measured, how often that failed, and what they used by role. */
import type { Environment, StartRecord } from '../run/records.ts';
import { mean, wilson } from '../stats/interval.ts';
import { isSweep8 } from './metrics.ts';
import type { SubjectResult } from './results.ts';
import type { CollectedRun, Series } from './series.ts';
import { busyCpuMs, sumOfRoles } from './window-summary.ts';

const MAX_REMARKS = 5;

/** A subject with what was recorded of it. */
export interface MeasuredSubject {
  readonly name: string;
  readonly kind: 'arm' | 'target';
  readonly series: readonly Series[];
  /** Its starts that came to their end, by number, and those of them in which the warm-up did not come to rest. */
  readonly starts: ReadonlyMap<number, StartRecord>;
  readonly unsettled: ReadonlySet<number>;
  /** Sent in all measuring windows, and without a right answer; of a search for overload, the wrong answers alone. */
  readonly requests: number;
  readonly failures: number;
  readonly wrong: number;
}

/** Those that were asked for, in that order, and whichever else there are records of. */
export function subjectsOf(environment: Environment, run: CollectedRun): MeasuredSubject[] {
  const kinds = new Map<string, 'arm' | 'target'>(environment.subjects.map(({ name, kind }) => [name, kind]));
  for (const { subject } of [...run.series, ...run.starts]) if (!kinds.has(subject)) kinds.set(subject, 'arm');
  return [...kinds].map(([name, kind]) => {
    const starts = run.starts.filter(({ subject }) => subject === name);
    const series = run.series.filter(({ subject }) => subject === name);
    const windows = series.flatMap(({ all }) => all);
    const total = (count: (window: (typeof windows)[number]) => number) =>
      windows.reduce((sum, window) => sum + count(window), 0);
    return {
      name,
      kind,
      series,
      starts: new Map(starts.map((record) => [record.start, record])),
      unsettled: new Set(starts.flatMap(({ start, stable }) => (stable ? [] : start))),
      requests: total(({ probe, wrong, requests }) => (probe === null ? requests : wrong)),
      failures: total(({ probe, wrong, failures }) => (probe === null ? failures : wrong)),
      wrong: total(({ wrong }) => wrong),
    };
  });
}

export function subjectResult(subject: MeasuredSubject, run: CollectedRun): SubjectResult {
  const { name, kind, series, requests, failures } = subject;
  const starts = [...subject.starts.values()];
  return {
    name,
    kind,
    requests,
    failures,
    failureShareCi95: wilson(failures, requests),
    unstableStarts: subject.unsettled.size,
    repeatedWindows: series.reduce((sum, { all, windows }) => sum + all.length - windows.length, 0),
    cpuMsByRole: meanByRole(cpuByRole(subject)),
    memoryMiBByRole: meanByRole(starts.map(({ memoryMiB }) => memoryMiB)),
    loadedMemoryMiBByRole: meanByRole(starts.map(({ loadedMemoryMiB }) => loadedMemoryMiB)),
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

/** Of a request in each window. What is used when idle is known for all roles together: each gives up the same share. */
function cpuByRole({ series, starts }: MeasuredSubject): ByRole[] {
  const windows = series.find(({ condition }) => isSweep8(condition))?.windows ?? [];
  return windows.flatMap((window): ByRole[] => {
    const [all, right] = [sumOfRoles(window.serverCpuMs), window.requests - window.failures];
    const busyMs = busyCpuMs(window, starts.get(window.start)?.idleCpuRate ?? 0);
    if (all === null || busyMs === null || right === 0) return [];
    const ofRole = (ms: number) => (all === 0 ? 0 : ((busyMs / right) * ms) / all);
    return [Object.fromEntries(Object.entries(window.serverCpuMs ?? {}).map(([role, ms]) => [role, ofRole(ms)]))];
  });
}

/** Null when nothing was measured. */
function meanByRole(values: readonly (ByRole | null)[]): ByRole | null {
  const known = values.filter((value) => value !== null);
  const roles = new Set(known.flatMap((value) => Object.keys(value)));
  if (roles.size === 0) return null;
  return Object.fromEntries([...roles].map((role) => [role, mean(known.map((value) => value[role] ?? 0))]));
}
