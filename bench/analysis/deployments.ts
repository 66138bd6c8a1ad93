/**
 * What each deployment is made of and takes: the "simpler to deploy" of the comparison, as figures; and from which weight of
 * a model on the hop to a second Worker is a small part of a request.
 */

import { EMPTY } from '../load/workloads.ts';
import type { FootprintRecord } from '../run/records.ts';
import { quantile } from '../stats/quantile.ts';
import { type Condition, isSweep8 } from './metrics.ts';
import { dollarsPerMillion, PAID_PLAN } from './prices.ts';
import type { BreakEvenPoint, ComparisonResult, Deployment, Measurement } from './results.ts';
import type { Series } from './series.ts';

const PAIR = ['gateway', 'predictor'];

/** The Workers of each arm that can be deployed. `combined-stock` is left out: its bundle is another than that measured. */
export const DEPLOYED_WORKERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['combined', ['combined']],
  ['pair-rpc', PAIR],
  ['pair-fetch', PAIR],
  ['pair-http', PAIR],
]);

/** Arms whose gateway calls its predictor by a public URL: that call is a request with a fee of its own. */
const CALLS_BY_URL: ReadonlySet<string> = new Set(['pair-http']);

/** Whether the arm is two Workers, with a hop between them. */
export function isPair(subject: string): boolean {
  return DEPLOYED_WORKERS.get(subject)?.length === PAIR.length;
}

export interface DeploymentsInput {
  /** Names of the subjects that were measured. */
  readonly subjects: readonly string[];
  readonly footprints: readonly FootprintRecord[];
  readonly measurements: readonly Measurement[];
}

export function deploymentsOf({ subjects, footprints, measurements }: DeploymentsInput): Deployment[] {
  return subjects.flatMap((subject) => {
    const workers = DEPLOYED_WORKERS.get(subject);
    if (workers === undefined) return [];
    const cpuMs = cpuAtSweep8(subject, measurements);
    return {
      subject,
      workers: workers.flatMap((worker) => footprints.filter((record) => record.worker === worker).map(describe)),
      // One `wrangler deploy` and one wrangler.toml for each Worker: see workers/deploy.ts.
      deploySteps: workers.length,
      configurations: workers.length,
      dollarsPerMillion: cpuMs === null ? null : priceOf(subject, cpuMs),
    };
  });
}

function priceOf(subject: string, cpuMs: number): number {
  return dollarsPerMillion({ cpuMs }) + (CALLS_BY_URL.has(subject) ? PAID_PLAN.dollarsPerMillionRequests : 0);
}

function describe({ kind: _, startupMs, ...footprint }: FootprintRecord): Deployment['workers'][number] {
  return { ...footprint, startupMs: quantile(startupMs, 0.5) };
}

function cpuAtSweep8(subject: string, measurements: readonly Measurement[]): number | null {
  const found = measurements.find(
    ({ subject: name, metric, condition }) =>
      name === subject && metric === 'cpuMsPerRequest' && condition !== null && isSweep8(condition),
  );
  return found === undefined || found.invalid !== null ? null : found.estimate;
}

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
