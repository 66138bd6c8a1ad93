/**
 * The change of one primary figure from an older run to a newer one. The runs are independent samples of starts, so
 * Welch's test is on the logarithm of the values of starts, and their difference is the logarithm of the ratio.
 */
import { conditionKey, METRICS } from '../analysis/metrics.ts';
import type { Measurement, Results } from '../analysis/results.ts';
import { type Estimate, welch } from '../stats/compare.ts';
import { studentTQuantile } from '../stats/distributions.ts';
import { mean } from '../stats/interval.ts';
import { CONTROLS } from './comparable.ts';

/** One figure of one subject; the condition is null for memory. */
export type Question = Pick<Measurement, 'subject' | 'metric' | 'condition'>;

export interface Change {
  /** Newer / older. */
  readonly ratio: Estimate;
  /** The 90% interval of the ratio, which equivalence is judged by. */
  readonly ci90: readonly [number, number];
  /** Two-sided, of no change. */
  readonly pValue: number;
  /** Standard error of the ratio's logarithm, and its degrees of freedom. */
  readonly error: number;
  readonly degrees: number;
}

/** What both runs answer to a question. */
export interface Outcome {
  readonly question: Question;
  /** The arm that the figure was divided by in either run; null where there was none to use, or the metric takes none. */
  readonly control: string | null;
  /** Relative to the control where there is one; null when it is invalid. */
  readonly change: Change | null;
  /** As measured, with what the machine did to it. */
  readonly raw: Change | null;
  /** The smallest share that counts as a change, either way. */
  readonly margin: number;
  readonly invalid: string | null;
}

/** The smallest relative change that matters; the same as that of a comparison within a run. */
const MARGIN = 0.05;

const TOO_FEW = 'too few starts with a value above zero, expected 2 or more in each run';

export function outcomeOf(question: Question, older: Results, newer: Results): Outcome {
  const [before, after] = [find(older, question), find(newer, question)];
  const invalid = whyInvalid('older', before) ?? whyInvalid('newer', after);
  const isArm = older.subjects.every(({ name, kind }) => name !== question.subject || kind === 'arm');
  const control = isArm ? controlOf(question, older, newer) : null;
  const about = { question, control, margin: marginOf(question, before) };
  if (invalid !== null) return { ...about, change: null, raw: null, invalid };
  const raw = changeOf(logs(before), logs(after));
  const base = (run: Results) => find(run, { ...question, subject: control ?? '' });
  const change = control === null ? raw : changeOf(logs(before, base(older)), logs(after, base(newer)));
  return { ...about, change, raw, invalid: change === null ? TOO_FEW : null };
}

/** The change from logarithms of the values of starts. Null when a run has fewer than two. */
export function changeOf(older: readonly number[], newer: readonly number[]): Change | null {
  if (older.length < 2 || newer.length < 2) return null;
  const [wide, narrow] = [welch(older, newer, 0.95), welch(older, newer, 0.9)];
  if (wide === null || narrow === null) return unvarying(Math.exp(mean(newer) - mean(older)));
  const { difference, low, high, degrees, pValue } = wide;
  return {
    ratio: { estimate: Math.exp(difference), ci95: [Math.exp(low), Math.exp(high)] },
    ci90: [Math.exp(narrow.low), Math.exp(narrow.high)],
    pValue,
    error: (high - difference) / studentTQuantile(0.975, degrees),
    degrees,
  };
}

/** Of samples that do not vary at all. */
function unvarying(ratio: number): Change {
  const both = [ratio, ratio] as const;
  return { ratio: { estimate: ratio, ci95: both }, ci90: both, pValue: ratio === 1 ? 1 : 0, error: 0, degrees: 1 };
}

/** At least the metric's smallest difference, as a share of the older value. */
function marginOf({ metric }: Question, before: Measurement | undefined): number {
  const values = valuesOf(before);
  return values.length === 0 ? MARGIN : Math.max(MARGIN, METRICS[metric].marginFloor / mean(values));
}

/** Memory has none: the empty Worker's is subtracted from it already, and a slow machine takes no more of it. */
function controlOf(question: Question, older: Results, newer: Results): string | null {
  if (question.metric === 'memoryMiB') return null;
  const isValid = (run: Results, subject: string) => {
    const control = find(run, { ...question, subject });
    return control?.invalid === null && valuesOf(control).length >= 2;
  };
  return CONTROLS.find((name) => isValid(older, name) && isValid(newer, name)) ?? null;
}

export function find({ measurements }: Results, question: Question): Measurement | undefined {
  const key = keyOf(question);
  return measurements.find((one) => keyOf(one) === key);
}

/** Equal for the same figure of the same subject in both runs. */
export function keyOf({ subject, metric, condition }: Question): string {
  return JSON.stringify([subject, metric, condition === null ? null : conditionKey(condition)]);
}

export function valuesOf(measurement: Measurement | undefined): number[] {
  return (measurement?.starts ?? []).flatMap((value) => value ?? []);
}

/** The logarithm of the value of each start, less that of the control in the same start. */
export function logs(own: Measurement | undefined, control?: Measurement): number[] {
  return (own?.starts ?? []).flatMap((value, i) => {
    const base = control === undefined ? 1 : (control.starts[i] ?? null);
    return value === null || base === null || value <= 0 || base <= 0 ? [] : [Math.log(value / base)];
  });
}

function whyInvalid(run: string, measurement: Measurement | undefined): string | null {
  if (measurement === undefined || valuesOf(measurement).length === 0) {
    return `${run} run: ${measurement?.invalid ?? 'not measured'}`;
  }
  if (measurement.invalid !== null) return `${run} run: ${measurement.invalid}`;
  return valuesOf(measurement).some((value) => value <= 0) ? `${run} run: a value is zero or below` : null;
}
