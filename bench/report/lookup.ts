/** Finds figures in the results, for reports. */
import { isSweep8 } from '../analysis/condition.ts';
import type { Metric } from '../analysis/metrics.ts';
import type { Condition, Measurement, Results } from '../analysis/results.ts';

/** Which condition a figure is of; null stands for what belongs to a start as a whole. */
export type Which = (condition: Condition | null) => boolean;

export const isSingleStream: Which = (condition) => condition?.experiment === 'single-stream';
export const isBusy: Which = (condition) => condition !== null && isSweep8(condition);
export const isWholeStart: Which = (condition) => condition === null;

/** The closed loop of so many connections. */
export function isSweepOf(connections: number): Which {
  return (condition) =>
    condition?.experiment === 'sweep' && condition.load.kind === 'closed' && condition.load.connections === connections;
}

export interface FigureOf {
  readonly subject: string;
  readonly metric: Metric;
  readonly which: Which;
}

export function findMeasurement({ measurements }: Results, { subject, metric, which }: FigureOf): Measurement | null {
  return measurements.find((one) => one.subject === subject && one.metric === metric && which(one.condition)) ?? null;
}

/** The client of an experiment's windows; it is part of what they measure. */
export function clientOf({ measurements }: Results, experiment: Condition['experiment']): string {
  return measurements.find(({ condition }) => condition?.experiment === experiment)?.condition?.client ?? 'unknown';
}

/** Names of the subjects that anything was measured of, in the order of the results. */
export function measuredSubjects({ subjects, measurements }: Results): string[] {
  const measured = new Set(measurements.map(({ subject }) => subject));
  return subjects.flatMap(({ name }) => (measured.has(name) ? name : []));
}
