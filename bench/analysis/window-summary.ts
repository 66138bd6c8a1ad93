/** One window of load reduced to the few numbers that everything else is computed from: requests are never all in memory. */
import { ownFault } from '../load/window.ts';
import type { WindowRecord } from '../run/records.ts';
import { quantile } from '../stats/distributions.ts';
import { passes } from '../stats/max-rate.ts';
import type { WindowMetric } from './metrics.ts';

export interface WindowSummary extends Pick<WindowRecord, 'start' | 'round' | 'elapsedMs' | 'serverCpuMs'> {
  readonly requests: number;
  /** Requests without a right answer, and those of them with a wrong one. */
  readonly failures: number;
  readonly wrong: number;
  /**
   * By metric, in its unit. A request that failed is censored, it counts as one that never ends; a quantile of a window
   * without requests is not a number.
   */
  readonly values: Readonly<Record<Exclude<WindowMetric, 'cpuMsPerRequest'>, number>>;
  /** How long a closed loop's connections were busy on average; of an open loop all the window. */
  readonly busyMs: number;
  /** Mean of last byte - sent, of all requests. */
  readonly meanMs: number;
  /** CPU of the generator without its waiting in a loop. */
  readonly clientCpuMs: number;
  readonly requestBytes: number | null;
  /** Which health rule of the generator's own the window broke; null when none. */
  readonly fault: string | null;
  /** Of a search for the highest rate: the rate, and whether the window kept the objective. Null for others. */
  readonly probe: { readonly ratePerS: number; readonly confirms: boolean; readonly within: boolean } | null;
}

const US_PER_MS = 1000;
const MS_PER_S = 1000;

/** Response and service time of every request in integer microseconds, of those that failed infinite. */
export function durationsOf({ requests, failures }: Pick<WindowRecord, 'requests' | 'failures'>) {
  const failed = new Set(failures.map(([i]) => i));
  const since = (from: readonly number[]) =>
    requests.lastByteUs.map((last, i) => (failed.has(i) ? Number.POSITIVE_INFINITY : last - (from[i] ?? Number.NaN)));
  return { responseUs: since(requests.intendedUs), serviceUs: since(requests.sentUs) };
}

export function summaryOf(record: WindowRecord, { responseUs, serviceUs } = durationsOf(record)): WindowSummary {
  const { start, round, requests, failures, elapsedMs, load } = record;
  const sent = requests.sentUs.length;
  const busyMs = busyTimeMs(record);
  return {
    start,
    round,
    elapsedMs,
    serverCpuMs: record.serverCpuMs,
    requests: sent,
    failures: failures.length,
    wrong: failures.filter(([, kind]) => kind === 'wrong').length,
    values: {
      latencyP50Ms: inMs(responseUs, 0.5),
      latencyP90Ms: inMs(responseUs, 0.9),
      latencyP99Ms: inMs(responseUs, 0.99),
      serviceP50Ms: inMs(serviceUs, 0.5),
      serviceP99Ms: inMs(serviceUs, 0.99),
      rps: ((sent - failures.length) / busyMs) * MS_PER_S,
    },
    busyMs,
    meanMs: meanServiceMs(requests),
    clientCpuMs: record.clientCpuMs - record.spinMs,
    requestBytes: record.requestBytes ?? null,
    fault: ownFault(record),
    probe:
      record.experiment === 'max-rate' && load.kind === 'open'
        ? { ratePerS: load.ratePerS, confirms: record.step === 'confirm', within: isWithin(record) }
        : null,
  };
}

function inMs(durationsUs: readonly number[], q: number): number {
  return (quantile(durationsUs, q) ?? Number.NaN) / US_PER_MS;
}

/** Failed requests among them: they held a connection until they failed. */
function meanServiceMs({ sentUs, lastByteUs }: WindowRecord['requests']): number {
  const sumUs = lastByteUs.reduce((sum, last, i) => sum + last - (sentUs[i] ?? 0), 0);
  return sumUs / lastByteUs.length / US_PER_MS;
}

/**
 * Once the last request is sent, a closed loop's n connections fall idle one after the other, the last with the window's
 * last answer: (n + 1) / 2n of that time counts. All of it would make a slow server slower than it is.
 */
function busyTimeMs({ load, requests, elapsedMs }: WindowRecord): number {
  if (load.kind === 'open') return elapsedMs;
  const lastSentMs = (requests.sentUs.at(-1) ?? 0) / US_PER_MS;
  return lastSentMs + ((elapsedMs - lastSentMs) * (load.connections + 1)) / (2 * load.connections);
}

/** Of all roles together; null where the system does not tell. */
export function sumOfRoles(byRole: Readonly<Record<string, number>> | null): number | null {
  const values = Object.values(byRole ?? {});
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value);
}

/** CPU of the subject in milliseconds without what it uses with nothing to do: `idleCpuRate` for each millisecond. */
export function busyCpuMs({ serverCpuMs, elapsedMs }: WindowSummary, idleCpuRate: number): number | null {
  const used = sumOfRoles(serverCpuMs);
  return used === null ? null : used - idleCpuRate * elapsedMs;
}

/** In the metric's unit; infinite when it is censored, null when it was not measured. */
export function metricValue(metric: WindowMetric, window: WindowSummary, idleCpuRate: number): number | null {
  const right = window.requests - window.failures;
  const cpuMs = busyCpuMs(window, idleCpuRate);
  if (metric === 'cpuMsPerRequest') return cpuMs === null || right === 0 ? null : cpuMs / right;
  const value = window.values[metric];
  return Number.isNaN(value) ? null : value;
}

/**
 * The percentile of response times that has to stay at or below so many milliseconds. Not the 99th: one full collection
 * stops workerd for 30 to 280 ms whatever the rate, which is more than 1% of a window of two seconds, so that it would tell
 * when collections fall.
 */
export const OBJECTIVE = { percentile: 0.9, ms: 25 } as const;

/**
 * Whether a window shows the objective to be kept, by MLPerf's rule of early stopping; false as well where it has too few
 * requests to say. A request that failed took too long.
 */
export function isWithin(window: Pick<WindowRecord, 'requests' | 'failures'>): boolean {
  const { responseUs } = durationsOf(window);
  const overruns = responseUs.filter((us) => us > OBJECTIVE.ms * US_PER_MS).length;
  return passes({ requests: responseUs.length, overruns, percentile: OBJECTIVE.percentile });
}
