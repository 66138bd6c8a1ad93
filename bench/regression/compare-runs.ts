/**
 * Whether a newer run is worse than an older one. The two were not interleaved, so the machine may have changed in
 * between: what is tested is each subject relative to a control of its own run and start, the difference in differences
 * (Angrist and Pischke, "Mostly Harmless Econometrics", 2009, 5.2), which holds as far as the machine slows both alike;
 * Bulej et al., "Duet Benchmarking", 2020, show how much of a shared machine's noise such pairs take out.
 */
import { METRICS } from '../analysis/metrics.ts';
import { isPrimary } from '../analysis/primary.ts';
import type { Results } from '../analysis/results.ts';
import { type Estimate, holm } from '../stats/compare.ts';
import { studentTQuantile } from '../stats/distributions.ts';
import {
  type Change,
  changeOf,
  find,
  keyOf,
  logs,
  type Outcome,
  outcomeOf,
  type Question,
  valuesOf,
} from './change.ts';
import { CONTROLS, judgedSubjects, remarksOn, whyNotComparable } from './comparable.ts';

export type RunVerdict = 'regression' | 'improvement' | 'no change' | 'inconclusive' | 'invalid';

/** One primary figure of one subject, newer relative to older. */
export interface RunLine extends Question, Pick<Outcome, 'control' | 'margin'> {
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

/** The change of a control from the older run to the newer: what the machine did. */
export interface MachineChange extends Question {
  /** Newer / older. */
  readonly ratio: Estimate;
  /** How much slower the machine was in the newer run: 0.2 is 20% slower, below 0 is faster. */
  readonly slower: number;
}

export interface RunComparison {
  /** 0: no regression; 1: regression; 3: not comparable, or a primary figure is invalid and no other is a regression. */
  readonly exitCode: 0 | 1 | 3;
  readonly older: RunLabel;
  readonly newer: RunLabel;
  /** Why the runs are not comparable; empty when they are. */
  readonly notComparable: readonly string[];
  readonly lines: readonly RunLine[];
  readonly machine: readonly MachineChange[];
  readonly notes: readonly string[];
}

export interface RunLabel {
  readonly date: string;
  readonly commit: string | null;
}

/** The share of comparisons of like with like in which any change may be claimed, and of regressions that are to be seen. */
const ALPHA = 0.05;
const POWER = 0.8;

/** The primary figures of every subject in both runs. */
export function compareRuns(older: Results, newer: Results): RunComparison {
  const labelOf = ({ environment: { date, commit } }: Results) => ({ date, commit });
  const labels = { older: labelOf(older), newer: labelOf(newer) };
  const notComparable = whyNotComparable(older, newer);
  if (notComparable.length > 0) {
    return { exitCode: 3, ...labels, notComparable, lines: [], machine: [], notes: [] };
  }
  const { asked, unasked } = questionsOf(older, newer);
  const lines = judgeAll(asked.map((question) => outcomeOf(question, older, newer)));
  const notes = [...remarksOn(older, newer), ...unasked];
  return { exitCode: exitCodeOf(lines), ...labels, notComparable, lines, machine: machineChanges(older, newer), notes };
}

function exitCodeOf(lines: readonly RunLine[]): 0 | 1 | 3 {
  if (lines.some(({ verdict }) => verdict === 'regression')) return 1;
  return lines.length === 0 || lines.some(({ verdict }) => verdict === 'invalid') ? 3 : 0;
}

/** Every primary figure that either run has of the judged subjects, and what neither could measure, for people to read. */
function questionsOf(older: Results, newer: Results) {
  const subjects = judgedSubjects(older, newer);
  const all = [...older.measurements, ...newer.measurements].filter(isPrimary);
  const byKey = new Map(all.map((one) => [keyOf(one), one]));
  const questions = [...byKey.values()].filter(({ subject }) => subjects.includes(subject));
  const isMeasured = (one: Question) => [older, newer].some((run) => valuesOf(find(run, one)).length > 0);
  const missing = new Set(questions.filter((one) => !isMeasured(one)).map(({ metric }) => metric));
  const unasked = [...missing].map((metric) => `${metric}: measured in neither run, so not compared.`);
  return { asked: questions.filter(isMeasured), unasked };
}

/** Of the first control that both runs have, on every primary question but memory. */
function machineChanges(older: Results, newer: Results): MachineChange[] {
  for (const control of CONTROLS) {
    const own = newer.measurements.filter((one) => one.subject === control && isPrimary(one));
    const changes = own.flatMap((after): MachineChange[] => {
      const before = find(older, after);
      if (after.metric === 'memoryMiB' || before?.invalid !== null || after.invalid !== null) return [];
      const change = changeOf(logs(before), logs(after));
      if (change === null) return [];
      const { subject, metric, condition } = after;
      // A rate that falls is a machine that slows down.
      const { ratio } = change;
      const factor = METRICS[metric].lowerIsBetter ? ratio.estimate : 1 / ratio.estimate;
      return [{ subject, metric, condition, ratio, slower: factor - 1 }];
    });
    if (changes.length > 0) return changes;
  }
  return [];
}

/** Corrects for the number of lines that are tested, and gives each its verdict. */
function judgeAll(outcomes: readonly Outcome[]): RunLine[] {
  const tested = outcomes.flatMap(({ change }, i) => (change === null ? [] : [{ i, pValue: change.pValue }]));
  const adjusted = holm(tested.map(({ pValue }) => pValue));
  const byPlace = new Map(tested.map(({ i }, rank) => [i, adjusted[rank] ?? 1]));
  return outcomes.map(({ question, control, margin, change, raw, invalid }, i): RunLine => {
    const { subject, metric, condition } = question;
    const about = { subject, metric, condition, control, margin, raw: raw?.ratio ?? null };
    if (change === null) return { ...about, ratio: null, detectableRatio: null, verdict: 'invalid', reason: invalid };
    const verdict = verdictOf(change, { margin, adjusted: byPlace.get(i) ?? 1, ...METRICS[metric] });
    const detectableRatio = detectable(change, margin, tested.length);
    return { ...about, ratio: change.ratio, detectableRatio, verdict, reason: null };
  });
}

interface Bar {
  readonly margin: number;
  /** The p-value after Holm's correction over all lines that are valid. */
  readonly adjusted: number;
  readonly lowerIsBetter: boolean;
}

/**
 * No change: the 90% interval is inside the margin, however significant (two one-sided tests, Schuirmann, 1987). A
 * regression or improvement is significant after Holm and larger than the margin. The rest is open.
 */
function verdictOf({ ratio, ci90 }: Change, { margin, adjusted, lowerIsBetter }: Bar): RunVerdict {
  const limit = 1 + margin;
  if (ci90[0] > 1 / limit && ci90[1] < limit) return 'no change';
  const isLarge = ratio.estimate > limit || ratio.estimate < 1 / limit;
  if (adjusted >= ALPHA || !isLarge) return 'inconclusive';
  return ratio.estimate > 1 === lowerIsBetter ? 'regression' : 'improvement';
}

/**
 * The estimate must be significant at Holm's strictest level, 5% over the number of tests, and larger than the margin; it
 * falls short of the truth by t(0.8) standard errors once in five (the usual approximation).
 */
function detectable({ error, degrees }: Change, margin: number, tests: number): number {
  const significant = studentTQuantile(1 - ALPHA / 2 / tests, degrees) * error;
  return Math.exp(Math.max(significant, Math.log(1 + margin)) + studentTQuantile(POWER, degrees) * error);
}
