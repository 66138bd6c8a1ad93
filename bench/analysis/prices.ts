/**
 * Cloudflare's public price list of Workers, and what a month or a million requests take by it; isolates and servers that
 * a rate keeps busy. Without imports, so that a report can compute costs in the browser. Source, looked up on 2026-11-25:
 * https://developers.cloudflare.com/workers/platform/pricing/ (cloudflare/cloudflare-docs at 07acbb6612b5). A call over a
 * service binding has no request fee of its own; the CPU of both Workers is charged.
 */

/** Nothing to pay, but no more than this. */
const FREE_PLAN = { requestsPerDay: 100_000, cpuMsPerRequest: 10 };

/** US dollars a month, what is included in it, and US dollars a million of what is beyond. */
export const PAID_PLAN = {
  monthlyDollars: 5,
  includedRequests: 10e6,
  includedCpuMs: 30e6,
  dollarsPerMillionRequests: 0.3,
  dollarsPerMillionCpuMs: 0.02,
} as const;

/** Of a month, on average over years. */
const DAYS = 365.25 / 12;
const SECONDS_PER_DAY = 86_400;

/** Requests of a month, and the mean CPU of one over all Workers that it passes, in milliseconds. */
type MonthlyUse = Readonly<Record<'requests' | 'cpuMs', number>>;

/** US dollars for one more million requests, beyond what the paid plan includes. */
export function dollarsPerMillion({ cpuMs }: Pick<MonthlyUse, 'cpuMs'>): number {
  return PAID_PLAN.dollarsPerMillionRequests + PAID_PLAN.dollarsPerMillionCpuMs * cpuMs;
}

/** Requests a month at a mean rate in requests per second. */
export function monthlyRequests(ratePerS: number): number {
  return ratePerS * SECONDS_PER_DAY * DAYS;
}

/** US dollars a month on the paid plan, for an account that does nothing else. */
export function paidDollars({ requests, cpuMs }: MonthlyUse): number {
  const { monthlyDollars, includedRequests, includedCpuMs } = PAID_PLAN;
  const millions = (used: number, included: number) => Math.max(0, used - included) / 1e6;
  const ofRequests = millions(requests, includedRequests) * PAID_PLAN.dollarsPerMillionRequests;
  return monthlyDollars + ofRequests + millions(requests * cpuMs, includedCpuMs) * PAID_PLAN.dollarsPerMillionCpuMs;
}

/** Whether the free plan takes it, if days and requests are alike: no day and no request may be over its limit. */
export function fitsFreePlan({ requests, cpuMs }: MonthlyUse): boolean {
  return requests / DAYS <= FREE_PLAN.requestsPerDay && cpuMs <= FREE_PLAN.cpuMsPerRequest;
}

/** Requests a second that costs are told for: a small service, a busy one, and one far past one machine. */
export const RATES = [10, 1_000, 100_000] as const;

/** The fewest threads, an isolate each, if none ever idles (utilisation law, see laws.ts); `cpuMs` is over all Workers. */
export function busyThreads(ratePerS: number, cpuMs: number): number {
  return Math.max(1, Math.ceil((ratePerS * cpuMs) / 1000));
}

/** US dollars for a month of a server that is paid by the hour. */
export function serverMonth(dollarsPerHour: number): number {
  return dollarsPerHour * 24 * DAYS;
}
