/** Cold starts: each arm's starts, what they take above an empty Worker's, and each arm against the baseline. */
import { ARM_NAMES } from '../arms/arms.ts';
import { EMPTY } from '../load/workloads.ts';
import type { ColdStartRecord } from '../run/records.ts';
import { type Comparison, compareMeans } from '../stats/compare.ts';
import { quantile } from '../stats/distributions.ts';
import { type MeanInterval, meanInterval } from '../stats/interval.ts';

/** What is measured of a start. */
const COLD_START_METRICS = ['startMs', 'cpuMs'] as const satisfies (keyof ColdStartRecord)[];
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

/**
 * Arms in the order in which reports list them. Compared to `combined`, or to the first one with anything in
 * it where that was not measured. Null when no start was measured.
 */
export function coldStartSection(records: readonly ColdStartRecord[]): ColdStartSection | null {
  const [first] = records;
  if (first === undefined) return null;
  const byArm = Map.groupBy(records, ({ subject }) => subject);
  const arms = [...new Set([...ARM_NAMES.filter((name) => byArm.has(name)), ...byArm.keys()])];
  const others = arms.filter((arm) => arm !== EMPTY);
  const a = others.find((arm) => arm === 'combined') ?? others[0] ?? '';
  const above = (arm: string, metric: ColdStartMetric) =>
    aboveEmpty(metric, byArm.get(arm) ?? [], byArm.get(EMPTY) ?? []);
  return {
    client: first.client,
    empty: EMPTY,
    arms: arms.map((arm) => {
      const starts = byArm.get(arm) ?? [];
      const startMs = starts.map((start) => start.startMs);
      const minusEmpty = (metric: ColdStartMetric) => meanInterval([...above(arm, metric).values()], 0.95);
      return {
        arm,
        startMs,
        cpuMs: starts.map(({ cpuMs }) => cpuMs),
        p50Ms: quantile(startMs, 0.5),
        minusEmpty: arm === EMPTY ? null : { startMs: minusEmpty('startMs'), cpuMs: minusEmpty('cpuMs') },
      };
    }),
    comparisons: others
      .filter((arm) => arm !== a)
      .flatMap((b) =>
        COLD_START_METRICS.map((metric) => ({
          a,
          b,
          metric,
          compared: compareStarts(above(a, metric), above(b, metric)),
        })),
      ),
  };
}

/** Each round's start minus the empty Worker's in the same round, of the rounds in which both were measured. */
function aboveEmpty(metric: ColdStartMetric, starts: readonly ColdStartRecord[], empty: readonly ColdStartRecord[]) {
  const base = new Map(empty.map((record) => [record.round, record[metric]]));
  return new Map(
    starts.flatMap(({ round, [metric]: value }) => {
      const ofEmpty = base.get(round) ?? null;
      return value === null || ofEmpty === null ? [] : [[round, value - ofEmpty] as const];
    }),
  );
}

/** Over the rounds that both were measured in. */
function compareStarts(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): Comparison | null {
  const pairs = [...a].flatMap(([round, ofA]) => {
    const ofB = b.get(round);
    return ofB === undefined ? [] : [[ofA, ofB] as const];
  });
  const [valuesA, valuesB] = [pairs.map(([value]) => value), pairs.map(([, value]) => value)];
  const compared = compareMeans(valuesA, valuesB, { lowerIsBetter: true, marginFloor: 0 });
  return compared === null || compared.ratio === null ? null : compared;
}
