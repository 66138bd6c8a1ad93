/**
 * Cloudflare's public price list of Workers, and what a month or a million requests take by it. Pure and without
 * imports, so that a report can compute costs in the browser.
 *
 * Source: https://developers.cloudflare.com/workers/platform/pricing/, looked up on 2026-11-25 in the page's own source
 * (cloudflare/cloudflare-docs at 07acbb6612b5). A call over a service binding has no request fee of its own; the CPU of
 * both Workers is charged.
 */

/** Nothing to pay, but no more than this. */
export const FREE_PLAN = { requestsPerDay: 100_000, cpuMsPerRequest: 10 } as const;

/** US dollars a month, what is included in it, and US dollars a million of what is beyond. */
export const PAID_PLAN = {
  monthlyDollars: 5,
  includedRequests: 10e6,
  includedCpuMs: 30e6,
  dollarsPerMillionRequests: 0.3,
  dollarsPerMillionCpuMs: 0.02,
} as const;

const MILLION = 1e6;

/** US dollars for one more million requests of `cpuMs` milliseconds of CPU each, beyond what the paid plan includes. */
export function dollarsPerMillion({ cpuMs }: { readonly cpuMs: number }): number {
  return PAID_PLAN.dollarsPerMillionRequests + PAID_PLAN.dollarsPerMillionCpuMs * cpuMs;
}

/** How much is used of an account in a month. */
export interface MonthlyUse {
  readonly requests: number;
  /** Mean CPU of a request, over all Workers that it passes, in milliseconds. */
  readonly cpuMs: number;
}

/** Days of a month, on average over years. */
const DAYS_PER_MONTH = 365.25 / 12;
const SECONDS_PER_DAY = 86_400;

/** Requests a month at a mean rate in requests per second. */
export function monthlyRequests(ratePerS: number): number {
  return ratePerS * SECONDS_PER_DAY * DAYS_PER_MONTH;
}

/** US dollars a month on the paid plan, for an account that does nothing else. */
export function paidDollars({ requests, cpuMs }: MonthlyUse): number {
  const beyond = (used: number, included: number) => Math.max(0, used - included) / MILLION;
  return (
    PAID_PLAN.monthlyDollars +
    beyond(requests, PAID_PLAN.includedRequests) * PAID_PLAN.dollarsPerMillionRequests +
    beyond(requests * cpuMs, PAID_PLAN.includedCpuMs) * PAID_PLAN.dollarsPerMillionCpuMs
  );
}

/** Whether the free plan takes it, if days and requests are alike: no day and no request may be over its limit. */
export function fitsFreePlan({ requests, cpuMs }: MonthlyUse): boolean {
  return requests / DAYS_PER_MONTH <= FREE_PLAN.requestsPerDay && cpuMs <= FREE_PLAN.cpuMsPerRequest;
}
