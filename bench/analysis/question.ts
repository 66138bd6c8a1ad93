/**
 * Questions: one metric under one condition, with what every subject answers to it, start by start and round by round.
 * Measurements and comparisons are read off the same answers, so that they cannot disagree.
 */
import { EMPTY } from '../load/workloads.ts';
import { conditionKey, METRICS, type Metric, metricsOf } from './metrics.ts';
import type { Series } from './series.ts';
import type { MeasuredSubject } from './subjects.ts';
import { sumOfRoles, type WindowSummary } from './window-summary.ts';

/** The condition is null for what belongs to a start as a whole: memory. */
export type Question = ReturnType<typeof questionsOf>[number];
export type Answer = ReturnType<typeof windowAnswer>;

/** Of every metric that windows tell, conditions in the order in which they first come up; and of memory. */
export function questionsOf(all: readonly Series[], subjects: readonly MeasuredSubject[]) {
  const byCondition = Map.groupBy(all, ({ condition }) => conditionKey(condition));
  const ofWindows = [...byCondition.values()].flatMap((series) => {
    const condition = series[0]?.condition ?? null;
    /** Every start in which any subject was measured. */
    const starts = risingStarts(series.flatMap(({ windows }) => windows));
    const answersTo = (metric: keyof WindowSummary['values']) =>
      subjects.flatMap((subject) => {
        const own = series.filter((one) => one.subject === subject.name);
        return own.map((one) => windowAnswer(one, subject, metric));
      });
    const metrics = condition === null ? [] : metricsOf(condition);
    return metrics.map((metric) => ({ metric, condition, starts, answers: answersTo(metric) }));
  });
  return [...ofWindows, ...memoryQuestion(subjects)];
}

/** The numbers of the starts among them, each once. */
export function risingStarts(places: readonly { readonly start: number }[]): number[] {
  return [...new Set(places.map(({ start }) => start))].sort((a, b) => a - b);
}

function windowAnswer(series: Series, subject: MeasuredSubject, metric: keyof WindowSummary['values']) {
  const { windows, invalid } = sift(series.windows, subject);
  const values = windows
    .map(({ start, round, values: { [metric]: value } }) => ({ start, round, value }))
    .filter(({ value }) => !Number.isNaN(value));
  // CPU a request is no smaller for a slow client, and beside another load its CPU is not known apart.
  const isLimitable = metric !== 'cpuMsPerRequest' && series.condition.beside === undefined;
  return {
    subject,
    /** In the metric's unit; infinite where it is censored. */
    values,
    requests: total(windows, 'requests'),
    /** The client used more CPU than the server, so differences between arms are understated. Null: not known. */
    clientLimited: isLimitable ? limitedByClient(windows) : null,
    /** Why the values may not be used; null when they may. */
    invalid: invalid ?? whyUnusable(metric, windows, values),
  };
}

/** What is beyond repair may be left out, whatever it shows, up to this share: of more the rest proves little. */
const MAX_LEFT_OUT = 0.1;

/**
 * Leaves out windows that the generator spoiled, though measured again; where they are too many, all stay, to be looked at,
 * and are invalid. A start that was cut off is out as well: nobody knows whether it had come to rest, and its idle CPU.
 */
function sift(all: readonly WindowSummary[], subject: MeasuredSubject) {
  const windows = all.filter(({ start }) => subject.starts.has(start));
  if (windows.length === 0) return { windows: all, invalid: 'no start came to its end' };
  const faults = windows.flatMap(({ fault }) => fault ?? []);
  const isSpoiled = faults.length > MAX_LEFT_OUT * windows.length;
  const spoiled = `the generator spoiled ${faults.length} of ${windows.length} windows: ${faults[0]}`;
  const invalid = whyWrong(subject) ?? (isSpoiled ? spoiled : null);
  return { windows: invalid === null ? windows.filter(({ fault }) => fault === null) : windows, invalid };
}

/** A subject that answers wrongly is not compared at all. */
function whyWrong({ wrong, requests }: MeasuredSubject): string | null {
  return wrong === 0 ? null : `${wrong} of ${requests} answers were wrong`;
}

function whyUnusable(metric: Metric, windows: readonly WindowSummary[], values: readonly { readonly value: number }[]) {
  if (values.length === 0) return 'not measured';
  const requests = total(windows, 'requests');
  if (values.some(({ value }) => !Number.isFinite(value)))
    return `censored: ${total(windows, 'failures')} of ${requests} requests failed`;
  const [perWindow, least] = [requests / windows.length, METRICS[metric].leastRequests];
  if (perWindow >= least) return null;
  return `too few requests: ${Math.round(perWindow)} in a window, expected ${least} or more for this percentile`;
}

function total(windows: readonly WindowSummary[], of: 'requests' | 'failures'): number {
  return windows.reduce((sum, window) => sum + window[of], 0);
}

/** Whether the client used more CPU than the server in most windows; null when that is not known of one of them. */
function limitedByClient(windows: readonly WindowSummary[]): boolean | null {
  const servers = windows.map(({ serverCpuMs }) => sumOfRoles(serverCpuMs));
  if (windows.length === 0 || servers.includes(null)) return null;
  return windows.filter(({ clientCpuMs }, i) => clientCpuMs > (servers[i] ?? 0)).length * 2 > windows.length;
}

/** Before any load: under it an engine keeps what it has not collected yet, which tells requests, not needs. */
function memoryQuestion(subjects: readonly MeasuredSubject[]) {
  const empty = subjects.find(({ name, memory }) => name === EMPTY && memory.size > 0);
  const starts = risingStarts(subjects.flatMap(({ records }) => records));
  const asked = subjects.filter((subject) => subject.starts.size > 0 && subject !== empty);
  const answers = asked.map((subject): Answer => {
    const values = [...subject.memory].flatMap(([start, total]) => {
      const base = empty === undefined ? 0 : empty.memory.get(start);
      return base === undefined ? [] : { start, round: 1, value: total - base };
    });
    const invalid = whyWrong(subject) ?? (values.length === 0 ? 'not measured' : null);
    return { subject, values, requests: 0, clientLimited: null, invalid };
  });
  return starts.length === 0 ? [] : [{ metric: 'memoryMiB', condition: null, starts, answers } as const];
}

/** Why memory is not above the empty Worker's; none when it is, or was not measured. */
export function memoryNotes(subjects: readonly MeasuredSubject[]): string[] {
  const known = subjects.filter(({ memory }) => memory.size > 0);
  if (known.length === 0 || known.some(({ name }) => name === EMPTY)) return [];
  return [`memory is absolute: the empty Worker (${EMPTY}) was not measured, so nothing is subtracted`];
}
