/** One window of load reduced to the few numbers that everything else is computed from: requests are never all in memory. */
import { ownFault, shortfall } from '../load/window.ts';
import type { WindowRecord } from '../run/records.ts';
import { quantile } from '../stats/distributions.ts';
import { mean } from '../stats/interval.ts';
import { type Objective, passes } from '../stats/max-rate.ts';
import { isSearch } from './metrics.ts';

const US_PER_MS = 1000;
const MS_PER_S = 1000;

/** Response and service time of every request in integer microseconds, of those that failed infinite. */
export function durationsOf({ requests, failures }: Pick<WindowRecord, 'requests' | 'failures'>) {
  const failed = new Set(failures.map(([i]) => i));
  const since = (from: readonly number[]) =>
    requests.lastByteUs.map((last, i) => (failed.has(i) ? Number.POSITIVE_INFINITY : last - (from[i] ?? Number.NaN)));
  return { responseUs: since(requests.intendedUs), serviceUs: since(requests.sentUs) };
}

/** What the record has besides its requests, and what they come to. */
export function summaryOf(record: WindowRecord, durations = durationsOf(record)) {
  const { responseUs, serviceUs } = durations;
  const { requests: times, failures, ...rest } = record;
  const requests = responseUs.length;
  const busyMs = busyTimeMs(record);
  const fault = faultOf(record, durations);
  const inMs = (times: readonly number[], q: number) => (quantile(times, q) ?? Number.NaN) / US_PER_MS;
  return {
    ...rest,
    requests,
    /** Requests without a right answer, and those of them with a wrong one. */
    failures: failures.length,
    wrong: failures.filter(([, kind]) => kind === 'wrong').length,
    /** A request that failed is censored: it never ends. A quantile of a window without requests is not a number. */
    values: {
      latencyP50Ms: inMs(responseUs, 0.5),
      latencyP90Ms: inMs(responseUs, 0.9),
      latencyP99Ms: inMs(responseUs, 0.99),
      serviceP50Ms: inMs(serviceUs, 0.5),
      serviceP99Ms: inMs(serviceUs, 0.99),
      rps: ((requests - failures.length) / busyMs) * MS_PER_S,
    },
    busyMs,
    /** Mean of last byte - sent. Failed requests among them: they held a connection until they failed. */
    meanMs: mean(times.lastByteUs.map((last, i) => last - (times.sentUs[i] ?? 0))) / US_PER_MS,
    /** CPU of the generator without its waiting in a loop. */
    clientCpuMs: rest.clientCpuMs - rest.spinMs,
    fault,
    probe: probeOf(record, fault, durations),
  };
}

/**
 * Which health rule of the generator's own a window broke; null when none. A request of a search counts from when it was
 * due, so it may leave late, unless that is why the objective was missed.
 */
export function faultOf(record: WindowRecord, durations = durationsOf(record)): string | null {
  if (!isSearch(record)) return ownFault(record);
  const [late, slow] = [overrunsIn(durations.responseUs), overrunsIn(durations.serviceUs)];
  const isSpoiled = !isWithin(record, durations) && slow < late / 2;
  // Of a window that ended early a few milliseconds are more than 1%.
  return (
    shortfall(record, OBJECTIVE.ms * US_PER_MS) ??
    (isSpoiled ? `the generator sent ${late - slow} of ${late} overruns late` : null)
  );
}

/** Of a search for the highest rate: whether a window that the generator did not spoil kept the objective. */
function probeOf(record: WindowRecord, fault: string | null, durations: ReturnType<typeof durationsOf>) {
  const { load, step } = record;
  if (!isSearch(record) || load.kind !== 'open') return null;
  return {
    ratePerS: load.ratePerS,
    confirms: step === 'confirm',
    holds: fault === null && isWithin(record, durations),
  };
}

/**
 * Mean over connections. Once the last request is sent, those of a closed loop fall idle one after the other, the last with
 * the last answer: (n + 1) / 2n of that time counts. All of it would make a slow server slower than it is.
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

/** With the subject's CPU in ms, less what it uses with nothing to do in each ms. Not a number where it is not known. */
export function withBusyCpu(window: ReturnType<typeof summaryOf>, idleCpuRate: number) {
  const used = sumOfRoles(window.serverCpuMs);
  const cpuMs = used === null ? Number.NaN : used - idleCpuRate * window.elapsedMs;
  const right = window.requests - window.failures;
  const cpuMsPerRequest = right === 0 ? Number.NaN : cpuMs / right;
  return { ...window, cpuMs, values: { ...window.values, cpuMsPerRequest } };
}
export type WindowSummary = ReturnType<typeof withBusyCpu>;

/**
 * Of searches. Not the 99th percentile: a full collection stops workerd for 30 to 280 ms whatever the rate, about 1% of the
 * time, so that it would tell when collections fall.
 */
export const OBJECTIVE = { percentile: 0.9, ms: 25 } as const satisfies Objective;

/** Whether a probe kept its objective, under the load that was asked for. */
export function keepsObjective(record: WindowRecord): boolean {
  const durations = durationsOf(record);
  return faultOf(record, durations) === null && isWithin(record, durations);
}

/** Whether the window shows that it is kept and nothing failed, by early stopping: too few requests never do. */
export function isWithin(
  window: Pick<WindowRecord, 'requests' | 'failures'>,
  { responseUs } = durationsOf(window),
): boolean {
  const judged = { requests: responseUs.length, overruns: overrunsIn(responseUs), percentile: OBJECTIVE.percentile };
  return window.failures.length === 0 && passes(judged);
}

function overrunsIn(durationsUs: readonly number[]): number {
  return durationsUs.filter((us) => us > OBJECTIVE.ms * US_PER_MS).length;
}
