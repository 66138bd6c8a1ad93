/** results.json: what a run found, in the form that every report and comparison reads. */
import { METRIC_NAMES, METRICS, type Metric, type SubjectRecord } from '../experiments/metrics.ts';
import type { ClientName } from '../load/client.ts';
import { type Comparison, compare, type PairedUnit, type Verdict } from '../stats/compare.ts';
import { mean } from '../stats/interval.ts';
import type { Environment } from './environment.ts';

export interface ArmResult {
  readonly arm: string;
  /** Closed loop, one connection. Means over starts of the rounds' percentiles, in milliseconds. */
  readonly latencyMs: {
    readonly client: ClientName;
    readonly p50: number | null;
    readonly p90: number | null;
    readonly p99: number | null;
  };
  readonly throughput: readonly {
    readonly client: ClientName;
    readonly connections: number;
    readonly rps: number | null;
    /** The client used more CPU than the server, so differences between arms are understated. Null: not known. */
    readonly clientLimited: boolean | null;
  }[];
  readonly cpuMsPerRequest: number | null;
  readonly memoryMiB: number | null;
  readonly requests: number;
  readonly errors: number;
}

/** `b` relative to `a`. */
export interface ComparisonResult {
  readonly a: string;
  readonly b: string;
  readonly metric: Metric;
  readonly ratio: Comparison['ratio'] | null;
  readonly delta: (Comparison['delta'] & { readonly unit: string }) | null;
  readonly unit: 'start' | 'round';
  readonly verdict: Verdict;
  /** Why the verdict is `invalid`. */
  readonly reason?: string;
  readonly minimumDetectableRatio: number | null;
}

export interface Results {
  readonly schema: 1;
  readonly environment: Environment;
  readonly arms: readonly ArmResult[];
  readonly comparisons: readonly ComparisonResult[];
}

export interface ResultsInput {
  readonly environment: Environment;
  readonly records: readonly SubjectRecord[];
  readonly latencyClient: ClientName;
  readonly throughputClient: ClientName;
}

/** Each subject against `combined`, or against the first one where that was not measured. */
export function makeResults({ environment, records, latencyClient, throughputClient }: ResultsInput): Results {
  const baseline = records.find((record) => record.name === 'combined') ?? records[0];
  const others = records.filter((record) => record !== baseline);
  return {
    schema: 1,
    environment,
    arms: records.map((record) => armResult(record, latencyClient, throughputClient)),
    comparisons:
      baseline === undefined
        ? []
        : others.flatMap((other) => METRIC_NAMES.map((metric) => compareOn(metric, baseline, other))),
  };
}

function armResult(record: SubjectRecord, latencyClient: ClientName, throughputClient: ClientName): ArmResult {
  const value = (metric: Metric) => average(record, metric);
  const throughput = ([1, 8] as const).map((connections) => ({
    client: throughputClient,
    connections,
    rps: value(`rps${connections}`),
    clientLimited: record.clientLimited[connections],
  }));
  return {
    arm: record.name,
    latencyMs: {
      client: latencyClient,
      p50: value('latencyP50Ms'),
      p90: value('latencyP90Ms'),
      p99: value('latencyP99Ms'),
    },
    throughput,
    cpuMsPerRequest: value('cpuMsPerRequest'),
    memoryMiB: value('memoryMiB'),
    requests: record.requests,
    errors: record.errors,
  };
}

/** The mean over starts of the mean over rounds; null when a start lacks the metric. */
function average(record: SubjectRecord, metric: Metric): number | null {
  const value = mean(record.starts.map((start) => mean(start[metric])));
  return Number.isFinite(value) ? value : null;
}

function compareOn(metric: Metric, a: SubjectRecord, b: SubjectRecord): ComparisonResult {
  const unit = a.kind === 'arm' && b.kind === 'arm' ? 'start' : 'round';
  const compared = compare(pairUnits(metric, a, b, unit), METRICS[metric]);
  const base = { a: a.name, b: b.name, metric, unit } as const;
  if (compared === null) {
    const none = { ratio: null, delta: null, minimumDetectableRatio: null } as const;
    return { ...base, ...none, verdict: 'invalid', reason: 'not measured, or in too few starts' };
  }
  const { ratio, delta, verdict, minimumDetectableRatio } = compared;
  const result = { ...base, ratio, delta: { ...delta, unit: METRICS[metric].unit }, minimumDetectableRatio };
  const wrong = [a, b].find((record) => record.errors > 0);
  if (wrong === undefined) return { ...result, verdict };
  const reason = `${wrong.errors} of ${wrong.requests} answers of ${wrong.name} were wrong or failed`;
  return { ...result, verdict: 'invalid', reason };
}

/** A deployment has no starts of its own, so with one in a pair every round counts as a unit. */
function pairUnits(metric: Metric, a: SubjectRecord, b: SubjectRecord, unit: 'start' | 'round'): PairedUnit[] {
  const starts = a.starts.map((start, i) => ({ a: start[metric], b: b.starts[i]?.[metric] ?? [] }));
  if (unit === 'start') return starts;
  return starts.flatMap((start) => start.a.map((value, i) => ({ a: [value], b: [start.b[i] ?? Number.NaN] })));
}
