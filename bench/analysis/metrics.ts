/** What is measured: the metrics, their values in a window, and under which condition which of them are told. */
import type { Load } from '../load/window.ts';
import type { WindowExperiment, WindowRecord } from '../run/records.ts';
import type { WindowSummary } from './window-summary.ts';

/** Their names in results.json, units, which way is better, and the smallest difference that matters. */
export const METRICS = {
  /** Response time: last byte - intended. In a closed loop it is the service time. */
  latencyP50Ms: { unit: 'ms', lowerIsBetter: true, marginFloor: 0.05 },
  latencyP90Ms: { unit: 'ms', lowerIsBetter: true, marginFloor: 0.05 },
  latencyP99Ms: { unit: 'ms', lowerIsBetter: true, marginFloor: 0.05 },
  /** Service time: last byte - sent; of open loops only, where it differs. */
  serviceP50Ms: { unit: 'ms', lowerIsBetter: true, marginFloor: 0.05 },
  serviceP99Ms: { unit: 'ms', lowerIsBetter: true, marginFloor: 0.05 },
  /** Right answers a second. */
  rps: { unit: 'rps', lowerIsBetter: false, marginFloor: 0 },
  /** CPU of the subject's processes, idle subtracted. */
  cpuMsPerRequest: { unit: 'ms', lowerIsBetter: true, marginFloor: 0 },
  /** Proportional set size after the first right answer, above that of the empty Worker. */
  memoryMiB: { unit: 'MiB', lowerIsBetter: true, marginFloor: 0 },
} as const;

export type Metric = keyof typeof METRICS;

/** The metrics that a window has: memory belongs to a start as a whole. */
export type WindowMetric = Exclude<Metric, 'memoryMiB'>;

type Reader = (window: WindowSummary, idleCpuRate: number) => number | null;

const READERS: Readonly<Record<WindowMetric, Reader>> = {
  latencyP50Ms: ({ responseMs }) => responseMs.p50,
  latencyP90Ms: ({ responseMs }) => responseMs.p90,
  latencyP99Ms: ({ responseMs }) => responseMs.p99,
  serviceP50Ms: ({ serviceMs }) => serviceMs.p50,
  serviceP99Ms: ({ serviceMs }) => serviceMs.p99,
  rps: ({ rightPerS }) => rightPerS,
  cpuMsPerRequest,
};

/** The requests of a window from which on a percentile is another than the longest time. */
const LEAST_REQUESTS: Readonly<Partial<Record<WindowMetric, number>>> = {
  latencyP90Ms: 10,
  latencyP99Ms: 100,
  serviceP99Ms: 100,
};

/** Why windows with so many requests, on average, do not tell the metric; null when they do. */
export function whyTooFew(metric: WindowMetric, requests: number): string | null {
  const least = LEAST_REQUESTS[metric] ?? 1;
  if (requests >= least) return null;
  return `too few requests: ${Math.round(requests)} in a window, expected ${least} or more for this percentile`;
}

/**
 * In the metric's unit; infinite when it is censored, null when it was not measured. `idleCpuRate` is what the subject
 * uses with nothing to do, in milliseconds of CPU per millisecond.
 */
export function metricValue(metric: WindowMetric, window: WindowSummary, idleCpuRate: number): number | null {
  const value = READERS[metric](window, idleCpuRate);
  return Number.isNaN(value) ? null : value;
}

/** CPU for each right answer, in milliseconds: what was spent on those that failed is theirs as well. */
export function cpuMsPerRequest(window: WindowSummary, idleCpuRate: number): number | null {
  const { requests, failures, elapsedMs } = window;
  const used = totalCpuMs(window);
  return used === null || requests === failures ? null : (used - idleCpuRate * elapsedMs) / (requests - failures);
}

/** CPU of all roles, in milliseconds; null where the system does not tell. */
export function totalCpuMs({ serverCpuMs }: WindowSummary): number | null {
  if (serverCpuMs === null || Object.keys(serverCpuMs).length === 0) return null;
  return Object.values(serverCpuMs).reduce((sum, ms) => sum + ms, 0);
}

/** What was asked, how, and by which client. */
export interface Condition {
  readonly experiment: WindowExperiment;
  readonly workload: string;
  readonly client: string;
  readonly load: Load;
  /** Share of the slowest arm's capacity, in offered-load: 0.1, 0.5, 0.8. */
  readonly share?: number | undefined;
  /** The workload that loaded the subject meanwhile, in mixed. */
  readonly beside?: string | undefined;
}

const LATENCIES = ['latencyP50Ms', 'latencyP90Ms', 'latencyP99Ms'] as const satisfies WindowMetric[];

/** The condition of a window. */
export function conditionOf(record: WindowRecord): Condition {
  const { experiment, workload, client, load, share, beside } = record;
  return {
    experiment,
    workload,
    client,
    load,
    ...(share === undefined ? {} : { share }),
    ...(beside === undefined ? {} : { beside }),
  };
}

/**
 * Equal for conditions that belong together: windows at one share of capacity do even when that was another rate, and
 * so do all probes of a search for a rate.
 */
export function conditionKey({ experiment, workload, client, load, share, beside }: Condition): string {
  const rate = experiment === 'max-rate' ? 'any' : (share ?? (load.kind === 'open' ? load.ratePerS : load.connections));
  return JSON.stringify([experiment, workload, client, load.kind, rate, share !== undefined, beside ?? null]);
}

/**
 * What windows of a condition tell. A closed loop's service time is its response time, and an open one's rate is the
 * schedule's. Beside another load the CPU is that of both. Probes of a search tell a rate only, which is no metric of theirs.
 */
export function metricsOf({ experiment, load, beside }: Condition): WindowMetric[] {
  if (experiment === 'max-rate') return [];
  const cpu: WindowMetric[] = beside === undefined ? ['cpuMsPerRequest'] : [];
  return load.kind === 'closed'
    ? [...LATENCIES, 'rps', ...cpu]
    : [...LATENCIES, 'serviceP50Ms', 'serviceP99Ms', ...cpu];
}

/** Connections at which CPU a request is told: enough to keep a server busy, few enough not to starve it. */
const CPU_CONNECTIONS = 8;

/** Whether the condition is the closed loop of 8 connections, where CPU a request and throughput are asked for. */
export function isSweep8({ experiment, load }: Condition): boolean {
  return experiment === 'sweep' && load.kind === 'closed' && load.connections === CPU_CONNECTIONS;
}
