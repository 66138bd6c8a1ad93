/** Looks up in the results of a synthetic run what a test is about. */
import type { Condition, Metric } from '../../bench/analysis/metrics.ts';
import type { ComparisonResult, Measurement, Results } from '../../bench/analysis/results.ts';

/** Tells the condition that is meant; memory has none. */
export type IsMeant = (condition: Condition) => boolean;

export const singleStream: IsMeant = ({ experiment }) => experiment === 'single-stream';

export const sweep8: IsMeant = ({ experiment, load }) =>
  experiment === 'sweep' && load.kind === 'closed' && load.connections === 8;

/** The offered load at a share of capacity. */
export function offered(share: number): IsMeant {
  return (condition) => condition.share === share;
}

/** The comparison of `b` with the baseline. Throws when there is not exactly one. */
export function comparisonOf(results: Results, b: string, metric: Metric, isMeant?: IsMeant): ComparisonResult {
  const named = results.comparisons.filter((one) => one.b === b);
  return single(named, metric, isMeant);
}

/** The measurement of `subject`. Throws when there is not exactly one. */
export function measurementOf(results: Results, subject: string, metric: Metric, isMeant?: IsMeant): Measurement {
  const named = results.measurements.filter((one) => one.subject === subject);
  return single(named, metric, isMeant);
}

function single<T extends { metric: Metric; condition: Condition | null }>(
  all: readonly T[],
  metric: Metric,
  isMeant: IsMeant = () => false,
): T {
  const found = all.filter(
    (one) => one.metric === metric && (one.condition === null ? metric === 'memoryMiB' : isMeant(one.condition)),
  );
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`${metric}: expected one, got ${found.length}`);
  return first;
}

/** Whether the interval holds the value. */
export function holds(interval: readonly [number, number] | null | undefined, value: number): boolean {
  return interval !== null && interval !== undefined && interval[0] <= value && value <= interval[1];
}

/** Whether the value is in the interval or next to it, by half of its width: one interval in 20 does not hold it. */
export function isNear(interval: readonly [number, number] | null | undefined, value: number): boolean {
  const [low, high] = interval ?? [Number.NaN, Number.NaN];
  const half = (high - low) / 2;
  return holds([low - half, high + half], value);
}
