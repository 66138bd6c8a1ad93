/** Cold starts: each arm's starts, what they take above an empty Worker's, and each arm against the baseline. */
import { ARM_NAMES } from '../arms/arms.ts';
import { EMPTY } from '../load/workloads.ts';
import type { ColdStartRecord } from '../run/records.ts';
import { compareMeans } from '../stats/compare.ts';
import { quantile } from '../stats/distributions.ts';
import { meanInterval } from '../stats/interval.ts';

const METRICS = ['startMs', 'cpuMs'] as const;
type ColdStartMetric = (typeof METRICS)[number];

export type ColdStartSection = NonNullable<ReturnType<typeof coldStartSection>>;
export type ColdStartArm = ColdStartSection['arms'][number];
export type ColdStartComparison = ColdStartSection['comparisons'][number];

/** Each arm against `combined`, or the first that is not empty where that was not measured; null without starts. */
export function coldStartSection(records: readonly ColdStartRecord[]) {
  const [first] = records;
  if (first === undefined) return null;
  const byArm = Map.groupBy(records, ({ subject }) => subject);
  const arms = ARM_NAMES.filter((name) => byArm.has(name));
  const others = arms.filter((arm) => arm !== EMPTY);
  const a = others.find((arm) => arm === 'combined') ?? others[0] ?? '';
  const startsOf = (arm: string) => byArm.get(arm) ?? [];
  /** Each round's start minus the empty Worker's in the same round, of the rounds in which both were measured. */
  const above = (arm: string, metric: ColdStartMetric) => {
    const differences = startsOf(arm).flatMap(({ round, [metric]: ms }) => {
      const ofEmpty = startsOf(EMPTY).find((start) => start.round === round)?.[metric] ?? null;
      return ms === null || ofEmpty === null ? [] : [[round, ms - ofEmpty] as const];
    });
    return new Map(differences);
  };
  const minusEmpty = (arm: string, metric: ColdStartMetric) => meanInterval([...above(arm, metric).values()], 0.95);
  const compared = (b: string, metric: ColdStartMetric) => {
    return { a, b, metric, compared: compareStarts(above(a, metric), above(b, metric)) };
  };
  return {
    client: first.client,
    empty: EMPTY,
    arms: arms.map((arm) => {
      /** Every start in the order of rounds, in milliseconds, nothing subtracted. */
      const startMs = startsOf(arm).map((start) => start.startMs);
      return {
        arm,
        startMs,
        cpuMs: startsOf(arm).map(({ cpuMs }) => cpuMs),
        p50Ms: quantile(startMs, 0.5),
        /** Means with intervals, on plain numbers, as a difference may be zero or below. Null for the empty arm itself. */
        minusEmpty: arm === EMPTY ? null : { startMs: minusEmpty(arm, 'startMs'), cpuMs: minusEmpty(arm, 'cpuMs') },
      };
    }),
    comparisons: others.flatMap((b) => (b === a ? [] : METRICS.map((metric) => compared(b, metric)))),
  };
}

/** Over the rounds that both were measured in. Null where an arm is not known to take more than the empty Worker. */
function compareStarts(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>) {
  const rounds = [...a.keys()].filter((round) => b.has(round));
  const [ofA, ofB] = [a, b].map((starts) => rounds.map((round) => starts.get(round) ?? Number.NaN));
  const compared = compareMeans(ofA ?? [], ofB ?? [], { lowerIsBetter: true, marginFloor: 0 });
  return compared?.ratio == null ? null : { ...compared, ratio: compared.ratio };
}
