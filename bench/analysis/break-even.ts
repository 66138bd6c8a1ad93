/** The break-even curve: how much of a request's time the hop to a second Worker is, against the time of the Worker itself. */

import { EMPTY } from '../load/workloads.ts';
import { isPair } from './deployments.ts';
import type { BreakEvenPoint, ComparisonResult, Condition, Measurement } from './results.ts';
import type { Series } from './series.ts';

export interface BreakEvenInput {
  readonly baseline: string;
  readonly comparisons: readonly ComparisonResult[];
  readonly measurements: readonly Measurement[];
  readonly series: readonly Series[];
}

/**
 * A point for every pair and workload of the payloads experiment where both the hop and the Worker's own time are known.
 * The Worker's own time is the baseline's median less that of the empty Worker, which is the client's and the server's.
 */
export function breakEvenOf({ baseline, comparisons, measurements, series }: BreakEvenInput): BreakEvenPoint[] {
  const p50 = (subject: string, condition: Condition) => {
    const isAsked = (one: Measurement) => one.metric === 'latencyP50Ms' && one.condition === condition;
    const found = measurements.find((one) => one.subject === subject && isAsked(one));
    return found === undefined || found.invalid !== null ? null : found.estimate;
  };
  return comparisons.flatMap(({ b, metric, condition, delta, verdict }) => {
    if (condition?.experiment !== 'payloads' || metric !== 'latencyP50Ms' || !isPair(b) || isPair(baseline)) return [];
    const [all, none] = [p50(baseline, condition), p50(EMPTY, condition)];
    if (delta === null || verdict === 'invalid' || all === null || none === null || all <= none) return [];
    const workerMs = all - none;
    const share = delta.estimate / (workerMs + delta.estimate);
    return {
      workload: condition.workload,
      subject: b,
      workerMs,
      hopMs: delta,
      share,
      requestBytes: bytesOf(series, condition),
    };
  });
}

/** Null where the records do not say. */
function bytesOf(series: readonly Series[], { experiment, workload }: Condition): number | null {
  const same = series.filter(({ condition }) => condition.experiment === experiment && condition.workload === workload);
  return same.flatMap(({ windows }) => windows.flatMap(({ requestBytes }) => requestBytes ?? []))[0] ?? null;
}
