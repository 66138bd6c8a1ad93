/** The subjects of a run: who was measured, what they are, how often that failed, and what they used by role. */
import { EMPTY } from '../load/workloads.ts';
import type { Environment } from '../run/records.ts';
import { mean, wilson } from '../stats/interval.ts';
import { isSweep8 } from './metrics.ts';
import type { CollectedRun } from './series.ts';
import { sumOfRoles } from './window-summary.ts';

const PAIR = ['gateway', 'predictor'];

/** The Workers of each arm that can be deployed. `combined-stock` is left out: its bundle is another than that measured. */
export const DEPLOYED_WORKERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['combined', ['combined']],
  ['pair-rpc', PAIR],
  ['pair-fetch', PAIR],
  ['pair-http', PAIR],
]);

/** Whether the arm is two Workers, with a hop between them. */
export function isPair(subject: string): boolean {
  return DEPLOYED_WORKERS.get(subject) === PAIR;
}

/** Whether others are held against it, though named twice: it is compared too, but no primary question is about it. */
export function isReference(subject: string): boolean {
  return [EMPTY, 'floor'].includes(subject.replace(/#\d+$/, ''));
}

/** Those that were asked for, in that order, and whichever else there are records of. */
export function subjectsOf({ subjects }: Environment, run: CollectedRun) {
  const kinds = new Map(subjects.map(({ name, kind }) => [name, kind]));
  for (const { subject } of [...run.series, ...run.starts]) if (!kinds.has(subject)) kinds.set(subject, 'arm');
  return [...kinds].map(([name, kind]) => {
    const records = run.starts.filter(({ subject }) => subject === name);
    const series = run.series.filter(({ subject }) => subject === name);
    const windows = series.flatMap(({ all }) => all);
    const total = (count: (window: (typeof windows)[number]) => number) =>
      windows.reduce((sum, window) => sum + count(window), 0);
    return {
      name,
      kind,
      series,
      records,
      /** Its starts that came to their end, by number, and those of them in which the warm-up did not come to rest. */
      starts: new Set(records.map(({ start }) => start)),
      unsettled: new Set(records.flatMap(({ start, stable }) => (stable ? [] : start))),
      /** In MiB by start, all roles together, after the first right answer. */
      memory: new Map(
        records.flatMap(({ start, memoryMiB }) => {
          const total = sumOfRoles(memoryMiB);
          return total === null ? [] : [[start, total] as const];
        }),
      ),
      /** Sent in all measuring windows, and without a right answer; of a search for overload, the wrong answers alone. */
      requests: total(({ probe, wrong, requests }) => (probe === null ? requests : wrong)),
      failures: total(({ probe, wrong, failures }) => (probe === null ? failures : wrong)),
      wrong: total(({ wrong }) => wrong),
    };
  });
}
export type MeasuredSubject = ReturnType<typeof subjectsOf>[number];

export function subjectResult({ name, kind, series, records, unsettled, requests, failures }: MeasuredSubject) {
  return {
    name,
    kind,
    requests,
    failures,
    failureShareCi95: wilson(failures, requests),
    unstableStarts: unsettled.size,
    repeatedWindows: series.reduce((sum, { all, windows }) => sum + all.length - windows.length, 0),
    /** A request's, in ms, at 8 connections. */
    cpuMsByRole: meanByRole(series.filter(({ condition }) => isSweep8(condition)).flatMap(cpuByRole)),
    /** In MiB with nothing subtracted: after the first right answer, and after all windows. */
    memoryMiBByRole: meanByRole(records.map(({ memoryMiB }) => memoryMiB)),
    loadedMemoryMiBByRole: meanByRole(records.map(({ loadedMemoryMiB }) => loadedMemoryMiB)),
  };
}

type ByRole = Readonly<Record<string, number>>;

/** Of a request in each window. What is used when idle is known for all roles together: each gives up the same share. */
function cpuByRole({ windows }: MeasuredSubject['series'][number]): ByRole[] {
  return windows.flatMap(({ serverCpuMs, values: { cpuMsPerRequest } }): ByRole[] => {
    const all = sumOfRoles(serverCpuMs);
    if (serverCpuMs === null || all === null || Number.isNaN(cpuMsPerRequest)) return [];
    const ofRole = (ms: number) => (all === 0 ? 0 : (cpuMsPerRequest * ms) / all);
    return [Object.fromEntries(Object.entries(serverCpuMs).map(([role, ms]) => [role, ofRole(ms)]))];
  });
}

/** Null when nothing was measured. */
function meanByRole(values: readonly (ByRole | null)[]): ByRole | null {
  const known = values.filter((value) => value !== null);
  const roles = [...new Set(known.flatMap((value) => Object.keys(value)))];
  if (roles.length === 0) return null;
  return Object.fromEntries(roles.map((role) => [role, mean(known.map((value) => value[role] ?? 0))]));
}
