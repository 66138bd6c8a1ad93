/** The value of a metric in one window. */
import type { Metric } from './metrics.ts';
import type { WindowSummary } from './window-summary.ts';

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
