/** The primary questions that two runs share, and what the starts of both answer to each. */
import { conditionKey } from '../analysis/condition.ts';
import { METRICS, type Metric } from '../analysis/metrics.ts';
import { isPrimary } from '../analysis/primary.ts';
import type { Condition, Measurement, Results } from '../analysis/results.ts';
import { mean } from '../stats/interval.ts';
import { type Change, changeOf } from './change.ts';
import { CONTROLS } from './comparable.ts';

/** One figure of one subject. */
export interface Asked {
  readonly subject: string;
  readonly metric: Metric;
  /** Null for memory. */
  readonly condition: Condition | null;
}

export interface Outcome {
  readonly asked: Asked;
  readonly control: string | null;
  /** Relative to the control where there is one; null when it is invalid. */
  readonly change: Change | null;
  readonly raw: Change | null;
  readonly margin: number;
  readonly invalid: string | null;
}

/** The smallest relative change that matters; the same as that of a comparison within a run. */
const MARGIN = 0.05;

export interface AskedQuestions {
  readonly asked: readonly Asked[];
  /** What neither run measured, for people to read. */
  readonly unasked: readonly string[];
}

/** Every primary figure that either run has of the subjects; not those that neither could measure. */
export function askedOf(older: Results, newer: Results, subjects: readonly string[]): AskedQuestions {
  const all = [...older.measurements, ...newer.measurements].filter(isPrimary);
  const byKey = new Map(all.map((one) => [keyOf(one), one]));
  const questions = [...byKey.values()].filter(({ subject }) => subjects.includes(subject));
  const isMeasured = (one: Asked) => [older, newer].some((run) => valuesOf(find(run, one)).length > 0);
  const missing = new Set(questions.filter((one) => !isMeasured(one)).map(({ metric }) => metric));
  return {
    asked: questions.filter(isMeasured),
    unasked: [...missing].map((metric) => `${metric}: measured in neither run, so not compared.`),
  };
}

export function outcomeOf(asked: Asked, older: Results, newer: Results): Outcome {
  const [before, after] = [find(older, asked), find(newer, asked)];
  const invalid = whyInvalid('older', before) ?? whyInvalid('newer', after);
  const margin = marginOf(asked.metric, before);
  const isArm = older.subjects.every(({ name, kind }) => name !== asked.subject || kind === 'arm');
  const control = isArm ? controlOf(asked, older, newer) : null;
  if (invalid !== null) return { asked, control, change: null, raw: null, margin, invalid };
  const raw = changeOf({ older: logs(before, null), newer: logs(after, null) });
  const relative = {
    older: logs(before, find(older, asked, control)),
    newer: logs(after, find(newer, asked, control)),
  };
  const change = control === null ? raw : changeOf(relative);
  return { asked, control, change, raw, margin, invalid: change === null ? TOO_FEW : null };
}

const TOO_FEW = 'too few starts with a value above zero, expected 2 or more in each run';

/** At least the metric's smallest difference, as a share of the older value. */
function marginOf(metric: Metric, before: Measurement | undefined): number {
  const values = valuesOf(before);
  return values.length === 0 ? MARGIN : Math.max(MARGIN, METRICS[metric].marginFloor / mean(values));
}

/** Memory has none: the empty Worker's is subtracted from it already, and a slow machine takes no more of it. */
function controlOf(asked: Asked, older: Results, newer: Results): string | null {
  if (asked.metric === 'memoryMiB') return null;
  const isValid = (run: Results, name: string) => {
    const control = find(run, asked, name);
    return control?.invalid === null && valuesOf(control).length >= 2;
  };
  return CONTROLS.find((name) => isValid(older, name) && isValid(newer, name)) ?? null;
}

/** The measurement of the question, or that of another subject on the same question. */
export function find({ measurements }: Results, asked: Asked, subject: string | null = asked.subject) {
  const key = keyOf({ ...asked, subject: subject ?? '' });
  return measurements.find((one) => keyOf(one) === key);
}

function keyOf({ subject, metric, condition }: Asked): string {
  return JSON.stringify([subject, metric, condition === null ? null : conditionKey(condition)]);
}

function valuesOf(measurement: Measurement | undefined): number[] {
  return (measurement?.starts ?? []).flatMap((value) => value ?? []);
}

/** The logarithm of the value of each start, less that of the control in the same start. */
export function logs(own: Measurement | undefined, control: Measurement | null | undefined): number[] {
  return (own?.starts ?? []).flatMap((value, i) => {
    const base = control ? (control.starts[i] ?? null) : 1;
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
