/** The subjects of a run: who was measured, what they are, how often that failed, and what they used by role. */
import { ARMS, type ProcessPlan, TOPOLOGIES } from '../arms/arms.ts';
import { EMPTY, FLOORS } from '../load/workloads.ts';
import type { Environment } from '../run/records.ts';
import { mean, wilson } from '../stats/interval.ts';
import { isSweep8 } from './metrics.ts';
import type { CollectedRun } from './series.ts';
import { sumOfRoles, type WindowSummary } from './window-summary.ts';

/** The Workers of each arm that can be deployed. `combined-stock` is left out: its bundle is another than that measured. */
export const DEPLOYED_WORKERS = new Map<string, string[]>(TOPOLOGIES.map((arm) => [arm, workersOf(ARMS[arm])]));

function workersOf({ workers, predictor }: ProcessPlan): string[] {
  return [...workers, ...(typeof predictor === 'object' ? predictor.workers : [])].map(({ worker }) => worker);
}

/** Whether the arm is two Workers, with a hop between them. */
export function isPair(subject: string): boolean {
  return DEPLOYED_WORKERS.get(subject)?.length === 2;
}

/** Whether others are held against it, though named twice: it is compared too, but no primary question is about it. */
export function isReference(subject: string): boolean {
  return [EMPTY, ...FLOORS].includes(subject.replace(/#\d+$/, ''));
}

/** Those that were asked for, in that order, and whichever else there are records of. */
export function subjectsOf({ subjects }: Environment, run: CollectedRun) {
  const kinds = new Map(subjects.map(({ name, kind }) => [name, kind]));
  for (const { subject } of [...run.series, ...run.starts]) if (!kinds.has(subject)) kinds.set(subject, 'arm');
  return [...kinds].map(([name, kind]) => {
    const series = run.series.filter(({ subject }) => subject === name);
    const records = run.starts.filter(({ subject }) => subject === name);
    const windows = series.flatMap(({ all }) => all);
    const total = (count: (window: WindowSummary) => number) => windows.reduce((sum, one) => sum + count(one), 0);
    const known = records.filter(({ memoryMiB }) => sumOfRoles(memoryMiB) !== null);
    return {
      name,
      kind,
      series,
      records,
      /** Its starts that came to their end, by number, and those of them in which the warm-up did not come to rest. */
      starts: new Set(records.map(({ start }) => start)),
      unsettled: new Set(records.flatMap(({ start, stable }) => (stable ? [] : start))),
      /** In MiB by start, all roles together, after the first right answer. */
      memory: new Map(known.map(({ start, memoryMiB }) => [start, sumOfRoles(memoryMiB) ?? 0])),
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
  const known = windows.filter(({ values }) => !Number.isNaN(values.cpuMsPerRequest));
  return known.map(({ serverCpuMs, values }) => {
    const all = sumOfRoles(serverCpuMs) || 1;
    const roles = Object.entries(serverCpuMs ?? {});
    return Object.fromEntries(roles.map(([role, ms]) => [role, (values.cpuMsPerRequest * ms) / all]));
  });
}

/** Null when nothing was measured. */
function meanByRole(values: readonly (ByRole | null)[]): ByRole | null {
  const known = values.filter((value) => value !== null);
  const roles = Object.keys(Object.assign({}, ...known));
  if (roles.length === 0) return null;
  return Object.fromEntries(roles.map((role) => [role, mean(known.map((value) => value[role] ?? 0))]));
}
