/** Cold starts: each arm's starts, what they take above an empty Worker's, and each arm against the baseline. */
import { ARM_NAMES } from '../arms/arms.ts';
import { EMPTY } from '../load/workloads.ts';
import type { ColdStartRecord } from '../run/records.ts';
import { type Comparison, compareMeans, type MeansComparison } from '../stats/compare.ts';
import { type MeanInterval, meanInterval } from '../stats/interval.ts';
import { quantile } from '../stats/quantile.ts';

/** What is measured of a start. */
export const COLD_START_METRICS = ['startMs', 'cpuMs'] as const satisfies (keyof ColdStartRecord)[];
type ColdStartMetric = (typeof COLD_START_METRICS)[number];

export interface ColdStartArm {
  readonly arm: string;
  /** Every start in the order of rounds, in milliseconds, nothing subtracted. */
  readonly startMs: readonly number[];
  readonly cpuMs: readonly (number | null)[];
  /** Median of all starts, nothing subtracted. */
  readonly p50Ms: number | null;
  /**
   * Minus the empty Worker's start of the same round: mean with its 95% interval, on plain numbers, as a difference may be
   * zero or below. Null for the empty arm itself.
   */
  readonly minusEmpty: Readonly<Record<ColdStartMetric, MeanInterval | null>> | null;
}

/** The means of `b` relative to those of `a`, both minus the empty Worker's start of the same round. */
export interface ColdStartComparison {
  readonly a: string;
  readonly b: string;
  readonly metric: ColdStartMetric;
  /** Null where an arm is not known to take more than the empty Worker, or the metric was not measured. */
  readonly compared: Comparison | null;
}

export interface ColdStartSection {
  readonly client: string;
  /** Name of the arm that is subtracted. */
  readonly empty: string;
  readonly arms: readonly ColdStartArm[];
  readonly comparisons: readonly ColdStartComparison[];
}

/** An arm's starts by round. */
interface ArmStarts {
  readonly arm: string;
  readonly rounds: ReadonlyMap<number, ColdStartRecord>;
}

/**
 * Arms in the order in which reports list them. Compared to `combined`, or to the first one with anything in
 * it where that was not measured. Null when no start was measured.
 */
export function coldStartSection(records: readonly ColdStartRecord[]): ColdStartSection | null {
  const [first] = records;
  if (first === undefined) return null;
  const arms = armsOf(records);
  const empty = arms.find(({ arm }) => arm === EMPTY);
  const others = arms.filter((arm) => arm !== empty);
  const a = others.find(({ arm }) => arm === 'combined') ?? others[0];
  const compared = others.filter((arm) => arm !== a);
  return {
    client: first.client,
    empty: EMPTY,
    arms: arms.map((arm) => armResult(arm, empty)),
    comparisons: compared.flatMap((b) =>
      COLD_START_METRICS.map((metric) => compareOn(metric, { a: a ?? b, b, empty })),
    ),
  };
}

function armsOf(records: readonly ColdStartRecord[]): ArmStarts[] {
  const measured = new Set(records.map(({ subject }) => subject));
  const ordered = new Set([...ARM_NAMES.filter((name) => measured.has(name)), ...measured]);
  return [...ordered].map((arm) => {
    const own = records.filter(({ subject }) => subject === arm);
    return { arm, rounds: new Map(own.map((record) => [record.round, record])) };
  });
}

function armResult({ arm, rounds }: ArmStarts, empty: ArmStarts | undefined): ColdStartArm {
  const starts = [...rounds.values()];
  const startMs = starts.map((start) => start.startMs);
  const minusEmpty = (metric: ColdStartMetric) => {
    const values = [...rounds.keys()].flatMap((round) => above(metric, round, { rounds, empty }) ?? []);
    return meanInterval(values, 0.95);
  };
  return {
    arm,
    startMs,
    cpuMs: starts.map(({ cpuMs }) => cpuMs),
    p50Ms: quantile(startMs, 0.5),
    minusEmpty: arm === EMPTY ? null : { startMs: minusEmpty('startMs'), cpuMs: minusEmpty('cpuMs') },
  };
}

interface ComparedArms {
  readonly a: ArmStarts;
  readonly b: ArmStarts;
  readonly empty: ArmStarts | undefined;
}

/** Over the rounds that both were measured in. */
function compareOn(metric: ColdStartMetric, { a, b, empty }: ComparedArms): ColdStartComparison {
  const pairs = [...a.rounds.keys()].flatMap((round) => {
    const ofA = above(metric, round, { rounds: a.rounds, empty });
    const ofB = above(metric, round, { rounds: b.rounds, empty });
    return ofA === null || ofB === null ? [] : [[ofA, ofB] as const];
  });
  const [valuesA, valuesB] = [pairs.map(([value]) => value), pairs.map(([, value]) => value)];
  const compared = compareMeans(valuesA, valuesB, { lowerIsBetter: true, marginFloor: 0 });
  return { a: a.arm, b: b.arm, metric, compared: hasRatio(compared) ? compared : null };
}

function hasRatio(compared: MeansComparison | null): compared is Comparison {
  return compared !== null && compared.ratio !== null;
}

/** A metric of a round's start minus the empty Worker's in the same round; null where one of them was not measured. */
function above(
  metric: ColdStartMetric,
  round: number,
  { rounds, empty }: Pick<ArmStarts, 'rounds'> & Pick<ComparedArms, 'empty'>,
): number | null {
  const [value, base] = [rounds.get(round)?.[metric] ?? null, empty?.rounds.get(round)?.[metric] ?? null];
  return value === null || base === null ? null : value - base;
}
