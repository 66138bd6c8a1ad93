/** What is measured: the metrics, and under which condition which of them are told. */
import type { WindowRecord } from '../run/records.ts';

/** Units, which way is better, the least difference that matters, and the least requests of a window for a percentile. */
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
export type Condition = Pick<WindowRecord, 'experiment' | 'workload' | 'client' | 'load' | 'share' | 'beside' | 'cell'>;

/** Equal for what belongs together: windows at one share of capacity, at whatever rate, and all probes of a search. */
export function conditionKey({ experiment, workload, client, load, share, beside, cell }: Condition): string {
  const rate = isSearch({ experiment }) ? 'any' : (share ?? (load.kind === 'open' ? load.ratePerS : load.connections));
  return JSON.stringify([experiment, workload, client, load.kind, rate, share !== undefined, beside, cell]);
}

/** Whether windows are probes of a search for the highest rate. */
export function isSearch({ experiment }: Pick<Condition, 'experiment'>): boolean {
  return experiment === 'max-rate' || experiment === 'grid';
}

/** Service times and rates only where they are not given by the others; beside another load the CPU is that of both. */
export function metricsOf({ experiment, load, beside }: Condition) {
  if (isSearch({ experiment })) return [];
  const own = load.kind === 'closed' ? (['rps'] as const) : (['serviceP50Ms', 'serviceP99Ms'] as const);
  const cpu = beside === undefined ? (['cpuMsPerRequest'] as const) : [];
  return ['latencyP50Ms', 'latencyP90Ms', 'latencyP99Ms', ...own, ...cpu] as const;
}

/** Whether CPU a request and throughput are asked for: 8 connections keep a server busy, and do not starve it. */
export function isSweep8({ experiment, load }: Condition): boolean {
  return experiment === 'sweep' && load.kind === 'closed' && load.connections === 8;
}

/** The primary questions, declared beforehand; tails, other loads, cold starts and highest rates are exploratory. */
export function isPrimary({ metric, condition }: { metric: Metric; condition: Condition | null }): boolean {
  if (condition === null) return metric === 'memoryMiB';
  if (condition.experiment === 'single-stream') return metric === 'latencyP50Ms';
  return isSweep8(condition) && (metric === 'rps' || metric === 'cpuMsPerRequest');
}

/** A figure as JSON has it: null for one that is not a number or infinite. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
