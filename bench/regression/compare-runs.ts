/**
 * Whether a newer run is worse than an older one. The two were not interleaved, so the machine may have changed in
 * between: what is tested is each subject relative to a control of its own run and start, the difference in differences
 * (Angrist and Pischke, "Mostly Harmless Econometrics", 2009, 5.2), which holds as far as the machine slows both alike;
 * Bulej et al., "Duet Benchmarking", 2020, show how much of a shared machine's noise such pairs take out. Runs are
 * independent samples of starts, so the test is Welch's, on logarithms: a difference of theirs is that of a ratio.
 */
import { conditionKey, isPrimary, METRICS } from '../analysis/metrics.ts';
import type { Measurement, Results } from '../analysis/results.ts';
import { type Estimate, holm, welch } from '../stats/compare.ts';
import { studentTQuantile } from '../stats/distributions.ts';
import { mean } from '../stats/interval.ts';
import { CONTROLS, judgedSubjects, remarksOn, whyNotComparable } from './comparable.ts';

export type RunVerdict = 'regression' | 'improvement' | 'no change' | 'inconclusive' | 'invalid';

/** One figure of one subject; the condition is null for memory. */
type Question = Pick<Measurement, 'subject' | 'metric' | 'condition'>;

/** One primary figure of one subject, newer relative to older. */
export interface RunLine extends Question {
  /** The arm that the figure was divided by in either run; null where there was none to use, or the metric takes none. */
  readonly control: string | null;
  /** The smallest share that counts as a change, either way. */
  readonly margin: number;
  /** Newer / older, relative to the control where there is one. */
  readonly ratio: Estimate | null;
  /** Newer / older as measured, with what the machine did to it. */
  readonly raw: Estimate | null;
  /** The smallest factor above 1 by which the figure may get worse and be called a regression 4 times in 5. */
  readonly detectableRatio: number | null;
  readonly verdict: RunVerdict;
  /** Why the verdict is `invalid`; null otherwise. */
  readonly reason: string | null;
}

export type RunComparison = ReturnType<typeof compareRuns>;

/** The share of comparisons of like with like in which any change may be claimed, and of regressions that are to be seen. */
const ALPHA = 0.05;
const POWER = 0.8;

/** The smallest relative change that matters; the same as that of a comparison within a run. */
const MARGIN = 0.05;

const TOO_FEW = 'too few starts with a value above zero, expected 2 or more in each run';

/** The primary figures of every subject in both runs; none where the runs are not comparable. */
export function compareRuns(older: Results, newer: Results) {
  const notComparable = whyNotComparable(older, newer);
  const questions = notComparable.length > 0 ? [] : questionsOf(older, newer);
  const asked = questions.filter((one) => [older, newer].some((run) => valuesOf(run, one).length > 0));
  const unasked = new Set(questions.filter((one) => !asked.includes(one)).map(({ metric }) => metric));
  const lines = judgeAll(asked.map((question) => outcomeOf(question, older, newer)));
  const has = (wanted: RunVerdict) => lines.some(({ verdict }) => verdict === wanted);
  return {
    /** 0: no regression; 1: regression; 3: not comparable, or a primary figure is invalid and no other is a regression. */
    exitCode: has('regression') ? 1 : lines.length === 0 || has('invalid') ? 3 : 0,
    older: older.environment,
    newer: newer.environment,
    notComparable,
    lines,
    machine: machineChanges(older, newer),
    notes: [
      ...remarksOn(older, newer),
      ...[...unasked].map((metric) => `${metric}: measured in neither run, so not compared.`),
    ],
  };
}

/** Every primary figure that either run has of the judged subjects. */
function questionsOf(older: Results, newer: Results): Question[] {
  const subjects = judgedSubjects(older, newer);
  const all = [...older.measurements, ...newer.measurements].filter(isPrimary);
  return [...new Map(all.map((one) => [keyOf(one), one])).values()].filter(({ subject }) => subjects.includes(subject));
}

/** How much slower the machine was in the newer run, by its control's figures: 0.2 is 20% slower, below 0 is faster. */
function machineChanges(older: Results, newer: Results) {
  const asked = newer.measurements.filter((one) => isPrimary(one) && one.metric !== 'memoryMiB');
  const changes = asked.flatMap((one) => {
    const { subject, metric, raw } = outcomeOf(one, older, newer);
    if (raw === null) return [];
    // A rate that falls is a machine that slows down.
    return { subject, metric, slower: (METRICS[metric].lowerIsBetter ? raw.estimate : 1 / raw.estimate) - 1 };
  });
  const ofControls = CONTROLS.map((control) => changes.filter(({ subject }) => subject === control));
  return ofControls.find(({ length }) => length > 0) ?? [];
}

/** On logarithms. */
type Change = NonNullable<ReturnType<typeof welch>>;

type Outcome = Omit<RunLine, 'ratio' | 'detectableRatio' | 'verdict'> & { readonly change: Change | null };

/** What both runs answer to a question. */
function outcomeOf(question: Question, older: Results, newer: Results): Outcome {
  const { subject, metric, condition } = question;
  const before = valuesOf(older, question);
  const margin = before.length === 0 ? MARGIN : Math.max(MARGIN, METRICS[metric].marginFloor / mean(before));
  const control = controlOf(question, older, newer);
  const invalid = whyInvalid('older', older, question) ?? whyInvalid('newer', newer, question);
  const changeBy = (by: string | null) =>
    invalid === null ? changeOf(logs(older, question, by), logs(newer, question, by)) : null;
  const [raw, change] = [changeBy(null), changeBy(control)];
  const reason = invalid ?? (change === null ? TOO_FEW : null);
  return { subject, metric, condition, control, margin, raw: raw && ratioOf(raw), change, reason };
}

/** Arms of a run have one; memory has none, as the empty Worker's is subtracted already and a slow machine takes no more. */
function controlOf(question: Question, older: Results, newer: Results): string | null {
  const isTarget = older.subjects.some(({ name, kind }) => name === question.subject && kind !== 'arm');
  if (isTarget || question.metric === 'memoryMiB') return null;
  const isValid = (run: Results, subject: string) =>
    find(run, { ...question, subject })?.invalid === null && valuesOf(run, { ...question, subject }).length >= 2;
  return CONTROLS.find((name) => isValid(older, name) && isValid(newer, name)) ?? null;
}

function whyInvalid(which: string, run: Results, question: Question): string | null {
  const values = valuesOf(run, question);
  const invalid = find(run, question)?.invalid ?? null;
  if (values.length === 0) return `${which} run: ${invalid ?? 'not measured'}`;
  if (invalid !== null) return `${which} run: ${invalid}`;
  return values.some((value) => value <= 0) ? `${which} run: a value is zero or below` : null;
}

function find({ measurements }: Results, question: Question): Measurement | undefined {
  const key = keyOf(question);
  return measurements.find((one) => keyOf(one) === key);
}

/** Equal for the same figure of the same subject in both runs. */
function keyOf({ subject, metric, condition }: Question): string {
  return JSON.stringify([subject, metric, condition && conditionKey(condition)]);
}

function valuesOf(run: Results, question: Question): number[] {
  return (find(run, question)?.starts ?? []).flatMap((value) => value ?? []);
}

/** The logarithm of the value of each start, less that of the control in the same start. */
function logs(run: Results, question: Question, control: string | null): number[] {
  const bases = control === null ? null : find(run, { ...question, subject: control })?.starts;
  return (find(run, question)?.starts ?? []).flatMap((value, i) => {
    const base = bases === null ? 1 : (bases?.[i] ?? 0);
    return value === null || value <= 0 || base <= 0 ? [] : [Math.log(value / base)];
  });
}

/** Null when a run has fewer than two starts. */
function changeOf(older: readonly number[], newer: readonly number[]): Change | null {
  if (older.length < 2 || newer.length < 2) return null;
  const difference = mean(newer) - mean(older);
  // Nothing varies where there is no test.
  return welch(older, newer) ?? { difference, error: 0, degrees: 1, pValue: difference === 0 ? 1 : 0 };
}

function ratioOf({ difference, error, degrees }: Change): Estimate {
  const half = studentTQuantile(0.975, degrees) * error;
  return { estimate: Math.exp(difference), ci95: [Math.exp(difference - half), Math.exp(difference + half)] };
}

/** Corrects for the number of lines that are tested, and gives each its verdict. */
function judgeAll(outcomes: readonly Outcome[]): RunLine[] {
  const tested = outcomes.flatMap(({ change }) => change ?? []);
  const adjusted = holm(tested.map(({ pValue }) => pValue));
  return outcomes.map(({ change, ...line }): RunLine => {
    if (change === null) return { ...line, ratio: null, detectableRatio: null, verdict: 'invalid' };
    const { margin, metric } = line;
    const verdict = verdictOf(change, { margin, metric, pValue: adjusted[tested.indexOf(change)] ?? 1 });
    const detectableRatio = detectable(change, margin, tested.length);
    return { ...line, ratio: ratioOf(change), detectableRatio, verdict };
  });
}

/**
 * No change: the 90% interval is inside the margin, however significant (two one-sided tests, Schuirmann, 1987). A
 * regression or improvement is significant after Holm and larger than the margin. The rest is open.
 */
function verdictOf(
  change: Change,
  { margin, metric, pValue }: Pick<RunLine, 'margin' | 'metric'> & { pValue: number },
) {
  const limit = Math.log(1 + margin);
  const half = studentTQuantile(0.95, change.degrees) * change.error;
  if (Math.abs(change.difference) + half < limit) return 'no change';
  if (pValue >= ALPHA || Math.abs(change.difference) <= limit) return 'inconclusive';
  return change.difference > 0 === METRICS[metric].lowerIsBetter ? 'regression' : 'improvement';
}

/**
 * The estimate must be significant at Holm's strictest level, 5% over the number of tests, and larger than the margin; it
 * falls short of the truth by t(0.8) standard errors once in five (the usual approximation).
 */
function detectable({ error, degrees }: Change, margin: number, tests: number): number {
  const significant = studentTQuantile(1 - ALPHA / 2 / tests, degrees) * error;
  return Math.exp(Math.max(significant, Math.log(1 + margin)) + studentTQuantile(POWER, degrees) * error);
}
