/**
 * Whether a newer run is worse than an older one. The two were not interleaved, so the machine may have changed in
 * between: what is tested is each subject relative to a control of its own run and start, the difference in differences
 * (Angrist and Pischke, "Mostly Harmless Econometrics", 2009, 5.2), which holds as far as the machine slows both alike;
 * Bulej et al., "Duet Benchmarking", 2020, show how much of a shared machine's noise such pairs take out. Runs are
 * independent samples of starts, so the test is Welch's, on logarithms: a difference of theirs is that of a ratio.
 */
import { conditionKey, isPrimary, METRICS, type Metric } from '../analysis/metrics.ts';
import type { Measurement, Results } from '../analysis/results.ts';
import { ALPHA, type Estimate, holm, MARGIN, POWER, welch } from '../stats/compare.ts';
import { studentTQuantile } from '../stats/distributions.ts';
import { mean } from '../stats/interval.ts';
import { CONTROLS, judgedSubjects, remarksOn, whyNotComparable } from './comparable.ts';

export type RunComparison = ReturnType<typeof compareRuns>;
export type RunLine = RunComparison['lines'][number];
export type RunVerdict = 'regression' | 'improvement' | 'no change' | 'inconclusive' | 'invalid';

/** The primary figures of every subject in both runs; none where the runs are not comparable. */
export function compareRuns(older: Results, newer: Results) {
  const notComparable = whyNotComparable(older, newer);
  const judged = judgedSubjects(older, newer);
  const outcomes = notComparable.length > 0 ? [] : outcomesOf(older, newer);
  const ofJudged = outcomes.filter(({ subject }) => judged.includes(subject));
  const unasked = new Set(ofJudged.flatMap(({ metric, isMeasured }) => (isMeasured ? [] : metric)));
  const missing = Array.from(unasked, (metric) => `${metric}: measured in neither run, so not compared.`);
  const lines = judgeAll(ofJudged.filter(({ isMeasured }) => isMeasured));
  const has = (wanted: RunVerdict) => lines.some(({ verdict }) => verdict === wanted);
  return {
    /** 0: no regression; 1: regression; 3: not comparable, or a primary figure is invalid and no other is a regression. */
    exitCode: has('regression') ? 1 : lines.length === 0 || has('invalid') ? 3 : 0,
    older: older.environment,
    newer: newer.environment,
    notComparable,
    lines,
    machine: machineChanges(outcomes),
    notes: [...remarksOn(older, newer), ...missing],
  };
}

/** Of every primary figure that either run has. */
function outcomesOf(older: Results, newer: Results) {
  const targets = older.subjects.flatMap(({ name, kind }) => (kind === 'target' ? name : []));
  const figures = [...older.measurements, ...newer.measurements].filter(isPrimary);
  const key = ({ metric, condition }: Measurement) => JSON.stringify([metric, condition && conditionKey(condition)]);
  return [...Map.groupBy(figures, key).values()].flatMap((own) => {
    const [before = [], after = []] = [older, newer].map((run) => own.filter((one) => run.measurements.includes(one)));
    const bySubject = new Map(own.map((one) => [one.subject, one]));
    return Array.from(bySubject.values(), (one) => outcomeOf(one, before, after, targets.includes(one.subject)));
  });
}

type Figures = readonly Measurement[];

/** What both runs answer to a question about the subject; `before` and `after` are the answers of all subjects. */
function outcomeOf({ subject, metric }: Measurement, before: Figures, after: Figures, isTarget: boolean) {
  const of = (name: string) => [before, after].map((run) => run.find((one) => one.subject === name));
  const isUsable = (one?: Measurement) => one?.invalid === null && valuesOf(one).length >= 2;
  // A deployment is on no machine of ours, and a slow one takes no more memory, from which the empty Worker's is out.
  const takesNone = isTarget || metric === 'memoryMiB';
  const control = takesNone ? null : (CONTROLS.find((name) => of(name).every(isUsable)) ?? null);
  const [old, now] = of(subject);
  const invalid = whyInvalid('older', old) ?? whyInvalid('newer', now);
  const changeBy = (by: string | null) => {
    const [base, newBase] = by === null ? [null, null] : of(by);
    return invalid === null ? welch(logs(old, base), logs(now, newBase)) : null;
  };
  const [raw, change] = [changeBy(null), changeBy(control)];
  return {
    subject,
    metric,
    /** The arm that the figure was divided by in either run; null where there was none to use, or the metric takes none. */
    control,
    /** The smallest share that counts as a change, either way. */
    margin: Math.max(MARGIN, METRICS[metric].marginFloor / mean(valuesOf(old))),
    /** Newer / older as measured, with what the machine did to it. */
    raw: raw && ratioOf(raw),
    /** On logarithms, relative to the control where there is one. */
    change,
    /** Why the figure is invalid; null where it is not. */
    reason:
      invalid ?? (change === null ? 'too few starts with a value above zero, expected 2 or more in each run' : null),
    isMeasured: valuesOf(old).length + valuesOf(now).length > 0,
  };
}
type Outcome = ReturnType<typeof outcomeOf>;
type Change = NonNullable<ReturnType<typeof welch>>;

/** How much slower the machine was in the newer run, by its control's figures: 0.2 is 20% slower, below 0 is faster. */
function machineChanges(outcomes: readonly Outcome[]) {
  const changes = outcomes.flatMap(({ subject, metric, raw }) => {
    if (raw === null || metric === 'memoryMiB') return [];
    // A rate that falls is a machine that slows down.
    return { subject, metric, slower: (METRICS[metric].lowerIsBetter ? raw.estimate : 1 / raw.estimate) - 1 };
  });
  const control = CONTROLS.find((name) => changes.some(({ subject }) => subject === name));
  return changes.filter(({ subject }) => subject === control);
}

function whyInvalid(which: string, one: Measurement | undefined): string | null {
  const values = valuesOf(one);
  const nothing = values.length === 0 ? 'not measured' : null;
  const why = one?.invalid ?? nothing ?? (values.some((value) => value <= 0) ? 'a value is zero or below' : null);
  return why && `${which} run: ${why}`;
}

function valuesOf(one: Measurement | undefined): number[] {
  return (one?.starts ?? []).filter((value) => value !== null);
}

/** The logarithm of the value of each start, less that of the control in the same start; null for none. */
function logs(one: Measurement | undefined, control: Measurement | null | undefined): number[] {
  return (one?.starts ?? []).flatMap((value, i) => {
    const base = control === null ? 1 : (control?.starts[i] ?? 0);
    return value === null || value <= 0 || base <= 0 ? [] : [Math.log(value / base)];
  });
}

function ratioOf({ difference, error, degrees }: Change): Estimate {
  const half = studentTQuantile(0.975, degrees) * error;
  return { estimate: Math.exp(difference), ci95: [Math.exp(difference - half), Math.exp(difference + half)] };
}

/** Corrects for the number of lines that are tested, and gives each its verdict. */
function judgeAll(outcomes: readonly Outcome[]) {
  const tested = outcomes.flatMap(({ change }) => change ?? []);
  const adjusted = holm(tested.map(({ pValue }) => pValue));
  return outcomes.map(({ change, ...line }) => {
    if (change === null) return { ...line, ratio: null, detectableRatio: null, verdict: 'invalid' as const };
    const pValue = adjusted[tested.indexOf(change)] ?? 1;
    return {
      ...line,
      ratio: ratioOf(change),
      /** The smallest factor above 1 by which the figure may get worse and be called a regression 4 times in 5. */
      detectableRatio: detectable(change, line.margin, tested.length),
      verdict: verdictOf({ ...change, pValue }, line.margin, line.metric),
    };
  });
}

/**
 * No change: the 90% interval is inside the margin, however significant (two one-sided tests, Schuirmann, 1987). A
 * regression or improvement is significant after Holm and larger than the margin. The rest is open.
 */
function verdictOf({ difference, error, degrees, pValue }: Change, margin: number, metric: Metric): RunVerdict {
  const limit = Math.log(1 + margin);
  if (Math.abs(difference) + studentTQuantile(0.95, degrees) * error < limit) return 'no change';
  if (pValue >= ALPHA || Math.abs(difference) <= limit) return 'inconclusive';
  return difference > 0 === METRICS[metric].lowerIsBetter ? 'regression' : 'improvement';
}

/**
 * The estimate must be significant at Holm's strictest level, 5% over the number of tests, and larger than the margin; it
 * falls short of the truth by t(0.8) standard errors once in five (the usual approximation).
 */
function detectable({ error, degrees }: Change, margin: number, tests: number): number {
  const significant = studentTQuantile(1 - ALPHA / 2 / tests, degrees) * error;
  return Math.exp(Math.max(significant, Math.log(1 + margin)) + studentTQuantile(POWER, degrees) * error);
}
