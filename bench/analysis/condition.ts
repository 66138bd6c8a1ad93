/** Conditions: which windows measure the same thing, and which metrics they have. */
import type { WindowRecord } from '../run/records.ts';
import type { WindowMetric } from './metric-value.ts';
import type { Condition } from './results.ts';

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
