/** One window of load reduced to the few numbers that everything else is computed from: requests are never all in memory. */
import { ownFault } from '../load/window.ts';
import type { WindowRecord } from '../run/records.ts';
import { passes } from '../stats/max-rate.ts';
import { quantile } from '../stats/quantile.ts';

export interface WindowSummary {
  readonly start: number;
  readonly round: number;
  readonly requests: number;
  /** Requests without a right answer, and those of them with a wrong one. */
  readonly failures: number;
  readonly wrong: number;
  /** Last byte - intended, in milliseconds: a request that failed is censored, it counts as one that never ends. */
  readonly responseMs: { readonly p50: number; readonly p90: number; readonly p99: number };
  /** Last byte - sent, likewise. */
  readonly serviceMs: { readonly p50: number; readonly p99: number };
  /** Sent - intended. */
  readonly lagP99Ms: number;
  /** Right answers a second of the time in which connections were busy. */
  readonly rightPerS: number;
  readonly elapsedMs: number;
  /** How long a closed loop's connections were busy on average; of an open loop all the window. */
  readonly busyMs: number;
  /** Mean of last byte - sent, of all requests. */
  readonly meanMs: number;
  /** CPU of the subject by role, with what it uses when idle; null where the system does not tell. */
  readonly serverCpuMs: Readonly<Record<string, number>> | null;
  /** CPU of the generator without its waiting in a loop. */
  readonly clientCpuMs: number;
  /** Which health rule of the generator's own the window broke; null when none. */
  readonly fault: string | null;
}

/** Integer microseconds of each request. */
export interface Durations {
  readonly responseUs: number[];
  readonly serviceUs: number[];
}

const US_PER_MS = 1000;
const MS_PER_S = 1000;

/** Response and service time of every request, the failed ones as infinite. */
export function durationsOf({ requests, failures }: Pick<WindowRecord, 'requests' | 'failures'>): Durations {
  const responseUs = subtract(requests.lastByteUs, requests.intendedUs);
  const serviceUs = subtract(requests.lastByteUs, requests.sentUs);
  for (const [i] of failures) {
    responseUs[i] = Number.POSITIVE_INFINITY;
    serviceUs[i] = Number.POSITIVE_INFINITY;
  }
  return { responseUs, serviceUs };
}

/** The summary of one window alone. */
export function summaryOf(record: WindowRecord): WindowSummary {
  return summarise(record, durationsOf(record));
}

/** `durations` are those of the record. A quantile of a window without requests is not a number. */
export function summarise(record: WindowRecord, { responseUs, serviceUs }: Durations): WindowSummary {
  const { requests, failures, elapsedMs } = record;
  const sent = requests.sentUs.length;
  const busyMs = busyTimeMs(record);
  return {
    start: record.start,
    round: record.round,
    requests: sent,
    failures: failures.length,
    wrong: failures.filter(([, kind]) => kind === 'wrong').length,
    responseMs: { p50: inMs(responseUs, 0.5), p90: inMs(responseUs, 0.9), p99: inMs(responseUs, 0.99) },
    serviceMs: { p50: inMs(serviceUs, 0.5), p99: inMs(serviceUs, 0.99) },
    lagP99Ms: inMs(subtract(requests.sentUs, requests.intendedUs), 0.99),
    rightPerS: ((sent - failures.length) / busyMs) * MS_PER_S,
    elapsedMs,
    busyMs,
    meanMs: meanServiceMs(requests),
    serverCpuMs: record.serverCpuMs,
    clientCpuMs: record.clientCpuMs - record.spinMs,
    fault: ownFault(record),
  };
}

function subtract(times: readonly number[], from: readonly number[]): number[] {
  return times.map((time, i) => time - (from[i] ?? Number.NaN));
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
