/**
 * Questions: one metric under one condition, with what every subject answers to it, start by start and round by round.
 * Measurements and comparisons are read off the same answers, so that they cannot disagree.
 */
import { EMPTY } from '../load/workloads.ts';
import type { StartRecord } from '../run/records.ts';
import { mean } from '../stats/interval.ts';
import {
  type Condition,
  conditionKey,
  type Metric,
  metricsOf,
  metricValue,
  totalCpuMs,
  type WindowMetric,
  whyTooFew,
} from './metrics.ts';
import type { CollectedRun, Series, SeriesWindow } from './series.ts';
import { type MeasuredSubject, sift, whyWrong } from './subjects.ts';

/** By start, then by round, in the metric's unit; infinite where it is censored. */
export type Values = ReadonlyMap<number, ReadonlyMap<number, number>>;

export interface Answer {
  readonly subject: MeasuredSubject;
  readonly values: Values;
  /** Starts whose warm-up did not come to rest; none for what is read before it. */
  readonly unsettled: ReadonlySet<number>;
  readonly requests: number;
  readonly clientLimited: boolean | null;
  /** Why the values may not be used; null when they may. */
  readonly invalid: string | null;
}

export interface Question {
  readonly metric: Metric;
  /** Null for memory. */
  readonly condition: Condition | null;
  /** Every start in which any subject was measured, rising. */
  readonly starts: readonly number[];
  /** In the order of subjects; of those that were measured alone. */
  readonly answers: readonly Answer[];
}

/** The questions that windows answer, conditions in the order in which they first come up. */
export function questionsOf({ series: all }: CollectedRun, subjects: readonly MeasuredSubject[]): Question[] {
  const byCondition = Map.groupBy(all, ({ condition }) => conditionKey(condition));
  return [...byCondition.values()].flatMap((series) => questionsAbout(series, subjects));
}

/** `series` are those of one condition. */
function questionsAbout(series: readonly Series[], subjects: readonly MeasuredSubject[]): Question[] {
  const [first] = series;
  if (first === undefined) return [];
  const starts = risingStarts(series.flatMap(({ windows }) => windows));
  return metricsOf(first.condition).map((metric) => ({
    metric,
    condition: first.condition,
    starts,
    answers: subjects.flatMap((subject) => {
      const own = series.find((one) => one.subject === subject.name);
      return own === undefined ? [] : windowAnswer(own, subject, metric);
    }),
  }));
}

/** The numbers of the starts among them, each once. */
export function risingStarts(places: readonly { readonly start: number }[]): number[] {
  return [...new Set(places.map(({ start }) => start))].sort((a, b) => a - b);
}

function windowAnswer(series: Series, subject: MeasuredSubject, metric: WindowMetric): Answer {
  const { windows, invalid } = sift(series.windows, subject);
  const values = new Map<number, Map<number, number>>();
  for (const window of windows) {
    const value = metricValue(metric, window, subject.idleCpuRate.get(window.start) ?? 0);
    if (value === null) continue;
    const rounds = values.get(window.start) ?? new Map<number, number>();
    values.set(window.start, rounds.set(window.round, value));
  }
  return {
    subject,
    values,
    unsettled: subject.unstable,
    requests: sum(windows.map(({ requests }) => requests)),
    clientLimited: isLimitable(metric, series) ? limitedByClient(windows) : null,
    invalid: invalid ?? whyMissing(windows, values) ?? whyTooFew(metric, mean(windows.map(({ requests }) => requests))),
  };
}

/** CPU a request is no smaller for a slow client, and beside another load its CPU is not known apart. */
function isLimitable(metric: WindowMetric, { condition }: Series): boolean {
  return metric !== 'cpuMsPerRequest' && condition.beside === undefined;
}

function whyMissing(windows: readonly SeriesWindow[], values: Values): string | null {
  if (values.size === 0) return 'not measured';
  if ([...values.values()].every((rounds) => [...rounds.values()].every(Number.isFinite))) return null;
  const [failures, requests] = [sum(windows.map((window) => window.failures)), sum(windows.map((w) => w.requests))];
  return `censored: ${failures} of ${requests} requests failed`;
}

/** Whether the client used more CPU than the server in most windows; null when that is not known of one of them. */
function limitedByClient(windows: readonly SeriesWindow[]): boolean | null {
  let limited = 0;
  for (const window of windows) {
    const serverCpuMs = totalCpuMs(window);
    if (serverCpuMs === null) return null;
    if (window.clientCpuMs > serverCpuMs) limited += 1;
  }
  return windows.length === 0 ? null : limited * 2 > windows.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Why memory is not above the empty Worker's; null when it is, or was not measured. */
export function memoryNote({ starts }: CollectedRun): string | null {
  const known = starts.filter(({ memoryMiB }) => memoryMiB !== null);
  if (known.length === 0 || known.some(({ subject }) => subject === EMPTY)) return null;
  return `memory is absolute: the empty Worker (${EMPTY}) was not measured, so nothing is subtracted`;
}

/**
 * Memory: a subject's proportional set size after its first right answer, above that of the empty Worker in the same start.
 * Under load the engine keeps what it has not collected yet, the more the faster it answers: that tells requests, not needs.
 * One question, which the empty Worker does not answer; none when there were no starts.
 */
export function memoryQuestions(run: CollectedRun, subjects: readonly MeasuredSubject[]): Question[] {
  if (run.starts.length === 0) return [];
  const empty = new Map(
    run.starts.flatMap((record) => (record.subject === EMPTY ? [[record.start, totalMiB(record)]] : [])),
  );
  const isSubtracted = [...empty.values()].some((value) => value !== null);
  const answers = subjects
    .filter(({ name, starts }) => starts.size > 0 && !(isSubtracted && name === EMPTY))
    .map((subject): Answer => {
      const own = run.starts.filter((record) => record.subject === subject.name);
      return memoryAnswer(subject, own, isSubtracted ? (start) => empty.get(start) ?? null : () => 0);
    });
  return [{ metric: 'memoryMiB', condition: null, starts: risingStarts(run.starts), answers }];
}

function memoryAnswer(
  subject: MeasuredSubject,
  starts: readonly StartRecord[],
  base: (start: number) => number | null,
): Answer {
  const values = new Map<number, Map<number, number>>();
  for (const record of starts) {
    const [total, subtracted] = [totalMiB(record), base(record.start)];
    if (total !== null && subtracted !== null) values.set(record.start, new Map([[1, total - subtracted]]));
  }
  const missing = values.size === 0 ? 'not measured' : null;
  const invalid = whyWrong(subject) ?? missing;
  return { subject, values, unsettled: new Set(), requests: 0, clientLimited: null, invalid };
}

function totalMiB({ memoryMiB }: StartRecord): number | null {
  return memoryMiB === null ? null : Object.values(memoryMiB).reduce((sum, value) => sum + value, 0);
}
