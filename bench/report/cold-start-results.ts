/** results.json of the cold-start experiment. */
import { type COLD_START, type ColdStart, type ColdStartRecord, EMPTY_ARM } from '../experiments/cold-start.ts';
import type { ClientName } from '../load/client.ts';
import { type Comparison, compareMeans } from '../stats/compare.ts';
import { type MeanInterval, meanInterval } from '../stats/interval.ts';
import { quantile } from '../stats/quantile.ts';
import type { Environment } from './environment.ts';

/** What is measured of a start. */
export const COLD_START_METRICS = ['startMs', 'cpuMs'] as const satisfies (keyof ColdStart)[];
type ColdStartMetric = (typeof COLD_START_METRICS)[number];

export interface ColdStartArm {
  readonly arm: string;
  /** Every start in the order of rounds, in milliseconds, nothing subtracted. */
  readonly startMs: readonly number[];
  readonly cpuMs: readonly (number | null)[];
  /** Median of all starts, nothing subtracted. */
  readonly p50Ms: number | null;
  /** Minus the empty Worker's start of the same round: mean with its 95% interval. Null for the empty arm itself. */
  readonly minusEmpty: Readonly<Record<ColdStartMetric, MeanInterval | null>> | null;
}

/** The means of `b` relative to those of `a`, both minus the empty Worker's start of the same round. */
export interface ColdStartComparison {
  readonly a: string;
  readonly b: string;
  readonly metric: ColdStartMetric;
  /** Null where an arm took no more than the empty Worker, or the metric was not measured. */
  readonly compared: Comparison | null;
}

export type ColdStartEnvironment = Environment<typeof COLD_START>;

export interface ColdStartResults {
  readonly schema: 1;
  readonly environment: ColdStartEnvironment;
  readonly coldStart: {
    readonly client: ClientName;
    readonly empty: string;
    readonly arms: readonly ColdStartArm[];
    readonly comparisons: readonly ColdStartComparison[];
  };
}

export interface ColdStartResultsInput {
  readonly environment: ColdStartEnvironment;
  readonly client: ClientName;
  readonly records: readonly ColdStartRecord[];
}

/** Each arm against `combined`, or against the first one with anything in it where that was not measured. */
export function makeColdStartResults({ environment, client, records }: ColdStartResultsInput): ColdStartResults {
  const empty = records.find(({ name }) => name === EMPTY_ARM)?.starts ?? [];
  const others = records.filter(({ name }) => name !== EMPTY_ARM);
  const baseline = others.find(({ name }) => name === 'combined') ?? others[0];
  return {
    schema: 1,
    environment,
    coldStart: {
      client,
      empty: EMPTY_ARM,
      arms: records.map((record) => armResult(record, empty)),
      comparisons: others
        .filter((record) => record !== baseline)
        .flatMap((b) => COLD_START_METRICS.map((metric) => compareOn(metric, { a: baseline ?? b, b, empty }))),
    },
  };
}

function armResult({ name, starts }: ColdStartRecord, empty: readonly ColdStart[]): ColdStartArm {
  const minusEmpty = (metric: ColdStartMetric) => meanInterval(subtract(metric, starts, empty), 0.95);
  const startMs = starts.map((start) => start.startMs);
  return {
    arm: name,
    startMs,
    cpuMs: starts.map(({ cpuMs }) => cpuMs),
    p50Ms: quantile(startMs, 0.5),
    minusEmpty: name === EMPTY_ARM ? null : { startMs: minusEmpty('startMs'), cpuMs: minusEmpty('cpuMs') },
  };
}

interface ComparedRecords {
  readonly a: ColdStartRecord;
  readonly b: ColdStartRecord;
  readonly empty: readonly ColdStart[];
}

function compareOn(metric: ColdStartMetric, { a, b, empty }: ComparedRecords): ColdStartComparison {
  const ofA = subtract(metric, a.starts, empty);
  const ofB = subtract(metric, b.starts, empty);
  return { a: a.name, b: b.name, metric, compared: compareMeans(ofA, ofB, { lowerIsBetter: true, marginFloor: 0 }) };
}

/** A metric of each start minus the empty Worker's in the same round; none where it was not measured. */
function subtract(metric: ColdStartMetric, starts: readonly ColdStart[], empty: readonly ColdStart[]): number[] {
  return starts.flatMap((start, round) => {
    const [value, base] = [start[metric], empty[round]?.[metric]];
    return value === null || base === null || base === undefined ? [] : [value - base];
  });
}
