/** The subjects of a run: who was measured, how often that failed, what they used by role, and which of their values count. */
import type { Environment } from '../run/environment.ts';
import { mean, wilson } from '../stats/interval.ts';
import { cpuMsPerRequest, isSweep8 } from './metrics.ts';
import type { SubjectResult } from './results.ts';
import type { CollectedRun, Counts, SeriesWindow } from './series.ts';

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

/**
 * The share of windows that may be left out: what is beyond repair is left out whatever it shows, but where that is often,
 * something is wrong with the generator, and what is left proves little.
 */
const MAX_LEFT_OUT = 0.1;

export interface Sifted {
  readonly windows: readonly SeriesWindow[];
  /** Why no value of these windows may be used; null when they may. */
  readonly invalid: string | null;
}

/**
 * Leaves out windows that the generator spoiled, though measured again. Where those are more than a tenth, all stay, to be
 * looked at, and are invalid. A start that was cut off is left out as well: whether it had come to rest, and what it used
 * when idle, is not known.
 */
export function sift(all: readonly SeriesWindow[], subject: MeasuredSubject): Sifted {
  const windows = all.filter(({ start }) => subject.starts.has(start));
  if (windows.length === 0) return { windows: all, invalid: 'no start came to its end' };
  const invalid = whyWrong(subject) ?? whySpoiled(windows);
  if (invalid !== null) return { windows, invalid };
  return { windows: windows.filter(({ fault }) => fault === null), invalid };
}

/** A subject that answers wrongly is not compared at all. */
export function whyWrong({ counts }: MeasuredSubject): string | null {
  return counts.wrong === 0 ? null : `${counts.wrong} of ${counts.requests} answers were wrong`;
}

function whySpoiled(windows: readonly SeriesWindow[]): string | null {
  const faults = windows.flatMap(({ fault }) => fault ?? []);
  if (faults.length <= MAX_LEFT_OUT * windows.length) return null;
  return `the generator spoiled ${faults.length} of ${windows.length} windows: ${faults[0]}`;
}

/**
 * Of the starts that were measured, those whose values count: every one that settled, and where they are fewer than
 * `wanted`, so many of the others, in the order in which they were measured, as make up for them.
 *
 * This leaves the comparison fair. Whether a start settles is judged on its warm-up alone, before anything is measured, by
 * the same rule for both subjects, and the run makes another start in its place without a look at any value: which starts
 * count, and how many, follows from warm-ups, so that under no difference either subject is as likely to gain by it. What is
 * given up is breadth: on a machine that others share, the answer is about its calmer times. Starts that did not settle and
 * count nevertheless are units like the others; as they differ more, the interval over starts widens by itself.
 */
export function countedStarts(
  measured: readonly number[],
  unsettled: ReadonlySet<number>,
  wanted: number,
): ReadonlySet<number> {
  const settled = measured.filter((start) => !unsettled.has(start));
  const others = measured.filter((start) => unsettled.has(start)).slice(0, Math.max(0, wanted - settled.length));
  return new Set([...settled, ...others]);
}
