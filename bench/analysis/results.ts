/**
 * results.json: what a run found, computed from its records. Measurements and comparisons are lists of the same shape
 * whatever the experiment; what tells them apart is their metric and condition.
 */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { UsageError } from '../../models/build/command-line.ts';
import type { AnalyticsRecord, EndRecord, Environment, FootprintRecord } from '../run/records.ts';
import { findResults } from '../run/run-folder.ts';
import type { Estimate, Verdict } from '../stats/compare.ts';
import type { ColdStartSection } from './cold-start.ts';
import type { Condition, Metric } from './metrics.ts';

/** One metric of one subject under one condition. */
export interface Measurement {
  readonly subject: string;
  readonly metric: Metric;
  /** Null for what belongs to a start as a whole: memory. */
  readonly condition: Condition | null;
  /**
   * Mean over starts of the mean over rounds, in the metric's unit: the geometric mean, and an interval on logarithms, but
   * for memory. Null where it was not measured or is censored.
   */
  readonly estimate: number | null;
  readonly ci95: readonly [number, number] | null;
  /** Mean over rounds, by start; null for a start without a valid value. */
  readonly starts: readonly (number | null)[];
  /** Requests behind it, over all starts. */
  readonly requests: number;
  /** The client used more CPU than the server, so differences between arms are understated. Null: not known. */
  readonly clientLimited: boolean | null;
  /** Why the value may not be used; null when it may. */
  readonly invalid: string | null;
  /** How many of the starts counted though their warm-up did not come to rest; left out for none. */
  readonly unsettled?: number;
}

/** `b` relative to `a`. */
export interface ComparisonResult {
  readonly a: string;
  readonly b: string;
  readonly metric: Metric;
  readonly condition: Condition | null;
  /**
   * b / a and b - a, with their 95% intervals; null where there is nothing to compare. Of memory that may be none above the
   * empty Worker's there is a difference but no ratio.
   */
  readonly ratio: Estimate | null;
  readonly delta: Estimate | null;
  /** What an interval is over: server starts, or rounds where a deployment has none. */
  readonly unit: 'start' | 'round';
  readonly units: number;
  /** Starts for a half-width of the delta's interval of 0.03 ms, for latencies; null elsewhere. */
  readonly startsFor30Us: number | null;
  readonly minimumDetectableRatio: number | null;
  /** One of the few questions that the run was made to answer, of two deployments: Holm's correction is over these. */
  readonly primary: boolean;
  readonly pValue: number | null;
  /** After Holm's correction; null for what is not primary. */
  readonly adjustedPValue: number | null;
  readonly verdict: Verdict;
  /** Why the verdict is `invalid`. */
  readonly reason: string | null;
  /** Either side was limited by its client. */
  readonly clientLimited: boolean;
  /** How many of the starts compared did not come to rest in the warm-up of either side; left out for none. */
  readonly unsettled?: number;
}

/** Percentiles of all requests of a subject under a condition, pooled: to look at, not to test with. */
export interface PercentileCurve {
  readonly subject: string;
  readonly condition: Condition;
  /** Quantile (0 to 1) and milliseconds, rising. */
  readonly responseMs: readonly (readonly [number, number])[];
  readonly serviceMs: readonly (readonly [number, number])[];
}

/** Whether latency, throughput and CPU of a closed loop fit together, averaged over starts. */
export interface LawCheck {
  readonly subject: string;
  readonly connections: number;
  /** Little: rate x mean response time against the connections. */
  readonly littleConcurrency: number;
  /** Utilisation law: rate x CPU a request, in cores, of the server and of the client; null where not known. */
  readonly serverCores: number | null;
  readonly clientCores: number;
  /** What does not fit; null when all does. */
  readonly fault: string | null;
}

export interface MaxRate {
  readonly subject: string;
  readonly objective: { readonly percentile: number; readonly ms: number };
  readonly starts: readonly (number | null)[];
  /** Geometric mean over starts in requests per second, its interval on logarithms; null where no rate was within the objective. */
  readonly estimate: number | null;
  readonly ci95: readonly [number, number] | null;
  /** Comparison with the baseline, and whether the generator was the limit; null where there is nothing to say. */
  readonly note: string | null;
}

/** A point of the break-even curve: the second Worker's share of the time, against the time of a request in one. */
export interface BreakEvenPoint {
  readonly workload: string;
  readonly subject: string;
  /** Median response time of the baseline less that of `null`, in ms: the Worker's own time. */
  readonly workerMs: number;
  readonly hopMs: Estimate;
  /** hop / (worker + hop). */
  readonly share: number;
  readonly requestBytes: number | null;
}

/** What one deployment is made of and takes. */
export interface Deployment {
  readonly subject: string;
  readonly workers: readonly (Omit<FootprintRecord, 'kind' | 'startupMs'> & { readonly startupMs: number | null })[];
  /** Commands, configurations and Workers to keep in step. */
  readonly deploySteps: number;
  readonly configurations: number;
  /** US dollars a million requests on the public price list, from its CPU a request; null where that is not known. */
  readonly dollarsPerMillion: number | null;
}

export interface SubjectResult {
  readonly name: string;
  readonly kind: 'arm' | 'target';
  readonly requests: number;
  readonly failures: number;
  /** Wilson's 95% interval of the share of failures. */
  readonly failureShareCi95: readonly [number, number];
  /** Starts in which the warm-up did not come to rest. */
  readonly unstableStarts: number;
  /** Windows that broke a health rule of the generator's own and were measured again. */
  readonly repeatedWindows: number;
  /** CPU a request by role, in ms, at 8 connections; null where the system does not tell. */
  readonly cpuMsByRole: Readonly<Record<string, number>> | null;
  /** Proportional set size by role with nothing subtracted: after the first right answer, and after all windows. */
  readonly memoryMiBByRole: Readonly<Record<string, number>> | null;
  readonly loadedMemoryMiBByRole: Readonly<Record<string, number>> | null;
  /** What a reader must know of this subject: how it closes connections, why it was skipped. */
  readonly remarks: readonly string[];
}

export interface Results {
  readonly schema: 2;
  readonly environment: Environment;
  /** Why the run did not get to its end; null for a whole one. */
  readonly incomplete: string | null;
  /** What the benchmark itself took, without the arms; null for a run that was cut off. */
  readonly own: Pick<EndRecord, 'elapsedMs' | 'peakMiB'> | null;
  /** The arm that the others are compared to. */
  readonly baseline: string;
  readonly subjects: readonly SubjectResult[];
  readonly measurements: readonly Measurement[];
  readonly comparisons: readonly ComparisonResult[];
  /** How many times wider the main intervals are than on a quiet machine: see primary.ts. Null where that is not known. */
  readonly noise: number | null;
  readonly percentiles: readonly PercentileCurve[];
  readonly laws: readonly LawCheck[];
  readonly maxRates: readonly MaxRate[];
  readonly breakEven: readonly BreakEvenPoint[];
  readonly coldStart: ColdStartSection | null;
  readonly deployments: readonly Deployment[];
  readonly analytics: readonly Omit<AnalyticsRecord, 'kind'>[];
  /** Skipped arms, servers that died, and what else a reader must know. */
  readonly notes: readonly string[];
}

const LIST = v.array(v.looseObject({}));

/** What tells results from another file, or from a damaged one. */
const Shape = v.looseObject({
  schema: v.literal(2),
  environment: v.looseObject({ profile: v.looseObject({}), packages: v.looseObject({}) }),
  baseline: v.string(),
  subjects: LIST,
  measurements: LIST,
  comparisons: LIST,
  maxRates: LIST,
  breakEven: LIST,
  deployments: LIST,
});

/** `path` is the file, or the folder of a run. Throws `UsageError` for anything else. */
export function readResults(path: string): Results {
  try {
    const results: Results = JSON.parse(readFileSync(findResults(path), 'utf8'));
    const { success, issues } = v.safeParse(Shape, results);
    if (success) return results;
    const [issue] = issues;
    throw new Error(`expected results of schema 2, got ${issue.received} at ${v.getDotPath(issue) ?? 'the root'}`);
  } catch (cause) {
    throw new UsageError(`${path}: ${cause instanceof Error ? cause.message : cause}`);
  }
}
