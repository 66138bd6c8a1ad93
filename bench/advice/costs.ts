/**
 * What either deployment costs a month. The price list charges a request once however many Workers it passes, so two
 * Workers cost the hop's CPU more and nothing else.
 */
import type { AdviceFacts, OneAndTwo } from './facts.ts';
import type { Outlook, Range } from './outlook.ts';
import { fitsFreePlan, monthlyRequests, PAID_PLAN, paidDollars } from './prices.ts';
import type { Situation } from './situation.ts';

export interface Cost {
  /** Mean CPU of a request in milliseconds. */
  readonly cpuMs: number;
  /** US dollars a month on the paid plan, and at both ends of the CPU's interval. */
  readonly dollars: number;
  readonly dollarsCi95: Range;
  readonly fitsFreePlan: boolean;
}

export interface Costs extends OneAndTwo<Cost | null> {
  readonly requests: number;
  /**
   * The most that the second Worker can add to the bill, as a share of it, whatever the rate; null where its CPU is not
   * known. The bill for one Worker is more than R (0.30 + 0.02 c) dollars for R million requests of c ms, as what is
   * included is worth less than the 5 dollars it comes with; the second Worker's h ms add at most 0.02 R h.
   */
  readonly mostExtraShare: number | null;
}

export function costsOf({ hopCpuMs }: AdviceFacts, { cpuMs }: Outlook, { ratePerS, cheapShare }: Situation): Costs {
  const requests = monthlyRequests(ratePerS);
  const cost = (of: Outlook['cpuMs']['one']): Cost | null => {
    if (of === null) return null;
    const dollars = (ms: number) => paidDollars({ requests, cpuMs: Math.max(0, ms) });
    return {
      cpuMs: of.estimate,
      dollars: dollars(of.estimate),
      dollarsCi95: [dollars(of.ci95[0]), dollars(of.ci95[1])],
      fitsFreePlan: fitsFreePlan({ requests, cpuMs: of.estimate }),
    };
  };
  const hop = hopCpuMs === null ? null : (1 - cheapShare / 100) * Math.max(0, hopCpuMs.estimate);
  return {
    requests,
    one: cost(cpuMs.one),
    two: cost(cpuMs.two),
    mostExtraShare: hop === null || cpuMs.one === null ? null : shareOf(hop, cpuMs.one.estimate),
  };
}

function shareOf(hopMs: number, oneMs: number): number {
  const { dollarsPerMillionRequests, dollarsPerMillionCpuMs } = PAID_PLAN;
  return (dollarsPerMillionCpuMs * hopMs) / (dollarsPerMillionRequests + dollarsPerMillionCpuMs * oneMs);
}
