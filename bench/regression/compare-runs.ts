/**
 * Whether a newer run is worse than an older one. The two were not interleaved, so the machine may have changed in
 * between: what is tested is each subject relative to a control of its own run and start, the difference in differences
 * (Angrist and Pischke, "Mostly Harmless Econometrics", 2009, 5.2), which holds as far as the machine slows both alike;
 * Bulej et al., "Duet Benchmarking", 2020, show how much of a shared machine's noise such pairs take out.
 */
import { METRICS, type Metric } from '../analysis/metrics.ts';
import type { Condition, Results } from '../analysis/results.ts';
import type { Estimate } from '../stats/compare.ts';
import { holm } from '../stats/holm.ts';
import type { Change } from './change.ts';
import { judgedSubjects, remarksOn, whyNotComparable } from './comparable.ts';
import { type MachineChange, machineChanges } from './machine.ts';
import { type Asked, askedOf, type Outcome, outcomeOf } from './outcome.ts';

export type RunVerdict = 'regression' | 'improvement' | 'no change' | 'inconclusive' | 'invalid';

/** One primary figure of one subject, newer relative to older. */
export interface RunLine {
  readonly subject: string;
  readonly metric: Metric;
  readonly condition: Condition | null;
  /** The arm that the figure was divided by in either run; null where there was none to use, or the metric takes none. */
  readonly control: string | null;
  /** Newer / older, relative to the control where there is one. */
  readonly ratio: Estimate | null;
  /** Newer / older as measured, with what the machine did to it. */
  readonly raw: Estimate | null;
  /** The smallest share that counts as a change, either way. */
  readonly margin: number;
  readonly pValue: number | null;
  /** After Holm's correction over all lines that are valid. */
  readonly adjustedPValue: number | null;
  readonly verdict: RunVerdict;
  /** Why the verdict is `invalid` or `inconclusive`; null otherwise. */
  readonly reason: string | null;
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

/** The share of comparisons of like with like in which any change may be claimed. */
const ALPHA = 0.05;

/** The primary figures of every subject in both runs. */
export function compareRuns(older: Results, newer: Results): RunComparison {
  const notComparable = whyNotComparable(older, newer);
  const labels = { older: labelOf(older), newer: labelOf(newer) };
  if (notComparable.length > 0) {
    return { exitCode: 3, ...labels, notComparable, lines: [], machine: [], notes: [] };
  }
  const { asked, unasked } = askedOf(older, newer, judgedSubjects(older, newer));
  const lines = judgeAll(asked.map((one) => outcomeOf(one, older, newer)));
  const notes = [...remarksOn(older, newer), ...unasked];
  return { exitCode: exitCodeOf(lines), ...labels, notComparable, lines, machine: machineChanges(older, newer), notes };
}

function labelOf({ environment: { date, commit } }: Results): RunLabel {
  return { date, commit };
}

function exitCodeOf(lines: readonly RunLine[]): 0 | 1 | 3 {
  if (lines.some(({ verdict }) => verdict === 'regression')) return 1;
  return lines.length === 0 || lines.some(({ verdict }) => verdict === 'invalid') ? 3 : 0;
}

/** Corrects for the number of lines that are tested, and gives each its verdict. */
function judgeAll(outcomes: readonly Outcome[]): RunLine[] {
  const tested = outcomes.flatMap(({ change }, i) => (change === null ? [] : [{ i, pValue: change.pValue }]));
  const adjusted = holm(tested.map(({ pValue }) => pValue));
  const byPlace = new Map(tested.map(({ i }, rank) => [i, adjusted[rank] ?? 1]));
  return outcomes.map((outcome, i) => lineOf(outcome, byPlace.get(i) ?? null));
}

function lineOf({ asked, control, change, raw, margin, invalid }: Outcome, adjustedPValue: number | null): RunLine {
  const { subject, metric, condition }: Asked = asked;
  const common = { subject, metric, condition, control, margin, raw: raw?.ratio ?? null, adjustedPValue };
  if (change === null || adjustedPValue === null) {
    return { ...common, ratio: null, pValue: null, verdict: 'invalid', reason: invalid };
  }
  const judged = judge(change, { margin, adjustedPValue, lowerIsBetter: METRICS[metric].lowerIsBetter });
  return { ...common, ratio: change.ratio, pValue: change.pValue, ...judged };
}

interface Bar {
  readonly margin: number;
  readonly adjustedPValue: number;
  readonly lowerIsBetter: boolean;
}

/**
 * No change: the 90% interval is inside the margin, however significant (two one-sided tests, Schuirmann, 1987). A
 * regression or improvement is significant after Holm and larger than the margin. The rest is open.
 */
function judge({ ratio, ci90, detectableRatio }: Change, bar: Bar): Pick<RunLine, 'verdict' | 'reason'> {
  const limit = 1 + bar.margin;
  if (ci90[0] > 1 / limit && ci90[1] < limit) return { verdict: 'no change', reason: null };
  const isLarge = ratio.estimate > limit || ratio.estimate < 1 / limit;
  if (bar.adjustedPValue < ALPHA && isLarge) {
    return { verdict: ratio.estimate > 1 === bar.lowerIsBetter ? 'regression' : 'improvement', reason: null };
  }
  const seen = `a change from x${detectableRatio.toFixed(2)} would most likely show`;
  const small = `changed, but whether by more than ${(bar.margin * 100).toFixed(1)}% is open`;
  return { verdict: 'inconclusive', reason: bar.adjustedPValue < ALPHA ? small : seen };
}
