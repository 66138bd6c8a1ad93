/** What is measured: the metrics, and under which condition which of them are told. */
import type { WindowRecord } from '../run/records.ts';

/**
 * Their names in results.json, units, which way is better, the smallest difference that matters, and the requests of a
 * window from which on a percentile is another than its longest time.
 */
export const METRICS = {
  /** Response time: last byte - intended. In a closed loop it is the service time. */
  latencyP50Ms: { unit: 'ms', lowerIsBetter: true, marginFloor: 0.05, leastRequests: 1 },
  latencyP90Ms: { unit: 'ms', lowerIsBetter: true, marginFloor: 0.05, leastRequests: 10 },
  latencyP99Ms: { unit: 'ms', lowerIsBetter: true, marginFloor: 0.05, leastRequests: 100 },
  /** Service time: last byte - sent; of open loops only, where it differs. */
  serviceP50Ms: { unit: 'ms', lowerIsBetter: true, marginFloor: 0.05, leastRequests: 1 },
  serviceP99Ms: { unit: 'ms', lowerIsBetter: true, marginFloor: 0.05, leastRequests: 100 },
  /** Right answers a second. */
  rps: { unit: 'rps', lowerIsBetter: false, marginFloor: 0, leastRequests: 1 },
  /** CPU of the subject's processes, idle subtracted, for each right answer. */
  cpuMsPerRequest: { unit: 'ms', lowerIsBetter: true, marginFloor: 0, leastRequests: 1 },
  /** Proportional set size after the first right answer, above that of the empty Worker. */
  memoryMiB: { unit: 'MiB', lowerIsBetter: true, marginFloor: 0, leastRequests: 0 },
} as const;

export type Metric = keyof typeof METRICS;

/** What was asked, how, and by which client. */
export type Condition = Pick<WindowRecord, 'experiment' | 'workload' | 'client' | 'load' | 'share' | 'beside'>;

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
export function metricsOf({ experiment, load, beside }: Condition) {
  if (experiment === 'max-rate') return [];
  const own = load.kind === 'closed' ? (['rps'] as const) : (['serviceP50Ms', 'serviceP99Ms'] as const);
  const cpu = beside === undefined ? (['cpuMsPerRequest'] as const) : [];
  return ['latencyP50Ms', 'latencyP90Ms', 'latencyP99Ms', ...own, ...cpu] as const;
}

/** Connections at which CPU a request is told: enough to keep a server busy, few enough not to starve it. */
const CPU_CONNECTIONS = 8;

/** Whether the condition is the closed loop of 8 connections, where CPU a request and throughput are asked for. */
export function isSweep8({ experiment, load }: Condition): boolean {
  return experiment === 'sweep' && load.kind === 'closed' && load.connections === CPU_CONNECTIONS;
}

/**
 * The primary questions, declared before anything is measured: latency of one stream, throughput and CPU at 8 connections,
 * memory. Percentiles of the tail, other loads and payloads, cold starts and highest rates are exploratory.
 */
export function isPrimary({ metric, condition }: { metric: Metric; condition: Condition | null }): boolean {
  if (condition === null) return metric === 'memoryMiB';
  if (condition.experiment === 'single-stream') return metric === 'latencyP50Ms';
  return isSweep8(condition) && (metric === 'rps' || metric === 'cpuMsPerRequest');
}
