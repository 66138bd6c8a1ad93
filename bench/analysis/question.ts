/**
 * Questions: one metric under one condition, with what every subject answers to it, start by start and round by round.
 * Measurements and comparisons are read off the same answers, so that they cannot disagree.
 */
import { mean } from '../stats/interval.ts';
import type { CollectedRun } from './collect.ts';
import { conditionKey, metricsOf } from './condition.ts';
import { metricValue, totalCpuMs, type WindowMetric, whyTooFew } from './metric-value.ts';
import type { Metric } from './metrics.ts';
import type { Condition } from './results.ts';
import type { Series, SeriesWindow } from './series.ts';
import type { MeasuredSubject } from './subjects.ts';
import { sift } from './validity.ts';

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
      return own === undefined ? [] : answerOf(own, subject, metric);
    }),
  }));
}

/** The numbers of the starts among them, each once. */
export function risingStarts(places: readonly { readonly start: number }[]): number[] {
  return [...new Set(places.map(({ start }) => start))].sort((a, b) => a - b);
}

function answerOf(series: Series, subject: MeasuredSubject, metric: WindowMetric): Answer {
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
