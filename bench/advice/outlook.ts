/** What the figures of a run become in a situation: CPU, p99 and memory of either deployment, waits, and costs. */
import { fitsFreePlan, monthlyRequests, PAID_PLAN, paidDollars } from '../analysis/prices.ts';
import type { Estimate } from '../stats/compare.ts';
import type { AdviceFacts } from './facts.ts';
import type { Situation } from './situation.ts';

/** Milliseconds, from least to most. */
export type Range = readonly [number, number];

/** Whether an interval is within a limit: not, where all of it is above; unclear, where a part of it is. */
export type Fit = 'yes' | 'no' | 'unclear' | 'unknown';

const SECONDS_PER_WEEK = 7 * 86_400;

/** Each start-up is read off a profile that samples every millisecond or so: a difference of two is good to twice that. */
const STARTUP_RESOLUTION_MS = 2;

/** The platform starts no Worker that takes longer (https://developers.cloudflare.com/workers/platform/limits/). */
export const MAX_STARTUP_MS = 1000;

export type Outlook = ReturnType<typeof outlookOf>;

/** `one` and `two` are figures of one Worker and of two; what cannot be told is null. */
export function outlookOf(facts: AdviceFacts, situation: Situation) {
  const { cpuMs, floorCpuMs, p99, memoryMb } = facts;
  const { modelMs, sloMs, cheapShare } = situation;
  const cheap = cheapShare / 100;
  const extraMs = modelMs === null ? 0 : facts.modelMs === null ? null : modelMs - facts.modelMs;
  const withModel = (of: Estimate | null) =>
    of === null || extraMs === null ? null : mapped(of, (ms) => Math.max(0, ms + extraMs));
  const meanCpu = (of: Estimate | null) => {
    const full = withModel(of);
    return of && full && mapped(full, (ms) => (1 - cheap) * ms + cheap * (floorCpuMs ?? of.estimate));
  };
  const p99Ms = { one: withModel(p99?.one ?? null), two: withModel(p99?.two ?? null) };
  // One Worker holds what the predictor holds and what `combined` was measured to need beyond it.
  const { combined, predictor } = memoryMb;
  const [two, more] = [situation.modelMb ?? predictor ?? null, Math.max(0, (combined ?? 0) - (predictor ?? 0))];
  return {
    facts,
    situation,
    /** Mean CPU of a request over all of them, in milliseconds. */
    cpuMs: { one: meanCpu(cpuMs.one), two: meanCpu(cpuMs.two) },
    /** 99th percentile in milliseconds, and whether it is within the objective. */
    p99Ms,
    fit: { one: fitOf(p99Ms.one, sloMs), two: fitOf(p99Ms.two, sloMs) },
    /** Memory of the isolate with the model, in MB. */
    memoryMb: { one: two === null || combined === undefined || predictor === undefined ? two : two + more, two },
    waits: waitsOf(facts, situation),
  };
}

function fitOf(p99Ms: Estimate | null, sloMs: number | null): Fit {
  if (p99Ms === null || sloMs === null) return 'unknown';
  const [low, high] = p99Ms.ci95;
  return high <= sloMs ? 'yes' : low > sloMs ? 'no' : 'unclear';
}

function mapped({ estimate, ci95 }: Estimate, change: (value: number) => number): Estimate {
  return { estimate: change(estimate), ci95: [change(ci95[0]), change(ci95[1])] };
}

/**
 * What the requests of a week wait in all. In each isolate that starts one request waits for it: after a release with one
 * Worker for the start-up of all, with two for that of the Worker which changed. A start for want of requests is of both, or
 * of the gateway where the request needs no model. No more starts than requests are waited for. A start that was not
 * measured takes anything that the platform allows.
 */
function waitsOf(facts: AdviceFacts, situation: Situation) {
  const { edgeReleases, modelReleases, idleStarts, isolates, ratePerS, cheapShare } = situation;
  const cheap = cheapShare / 100;
  const starts = isolates * (edgeReleases + modelReleases + idleStarts);
  const waited = isolates * Math.min(1, (ratePerS * SECONDS_PER_WEEK) / Math.max(starts, 1));
  const edge = scaled(startupSaved(facts, 'gateway'), (edgeReleases + cheap * idleStarts) * waited);
  const model = scaled(startupSaved(facts, 'predictor'), modelReleases * waited);
  const hops = ratePerS * (1 - cheap) * SECONDS_PER_WEEK;
  return {
    /** Calls of the second Worker, and what two Workers wait for them; null where the hop is not known. */
    hops,
    hopMs: facts.hopMs && scaled(facts.hopMs.ci95, hops),
    /** What two Workers wait for the second start-up where both start together. */
    idleMs: scaled(facts.coldDeltaMs?.ci95 ?? [0, MAX_STARTUP_MS], (1 - cheap) * idleStarts * waited),
    /** What one Worker waits for the start-up of code that a release leaves as it is, or that a request does not need. */
    savedMs: [edge[0] + model[0], edge[1] + model[1]] as Range,
  };
}

/** Start-up of the whole less that of one of the two Workers, in milliseconds. */
export function startupSaved({ startupMs }: AdviceFacts, worker: 'gateway' | 'predictor'): Range {
  const [whole, part] = [startupMs.combined, startupMs[worker]];
  if (whole === undefined || part === undefined) return [0, MAX_STARTUP_MS];
  return [Math.max(0, whole - part - STARTUP_RESOLUTION_MS), Math.max(0, whole - part + STARTUP_RESOLUTION_MS)];
}

function scaled([low, high]: Range, factor: number): Range {
  return [low * factor, high * factor];
}

/**
 * `mostExtraShare` is the most that the second Worker can add to the bill, as a share of it, whatever the rate. The price
 * list charges a request once however many Workers it passes. The bill for one Worker is more than R (0.30 + 0.02 c) dollars
 * for R million requests of c ms, as what is included is worth less than the 5 dollars it comes with; the second Worker's h ms
 * add at most 0.02 R h. Null is what the CPU is not known for.
 */
export function costsOf({ facts: { hopCpuMs }, situation: { ratePerS, cheapShare }, cpuMs: { one, two } }: Outlook) {
  const { dollarsPerMillionRequests, dollarsPerMillionCpuMs } = PAID_PLAN;
  const requests = monthlyRequests(ratePerS);
  const costOf = (cpu: Estimate | null) =>
    cpu && {
      /** Mean of a request. */
      cpuMs: cpu.estimate,
      /** US dollars a month on the paid plan, and at both ends of the CPU's interval. */
      dollars: mapped(cpu, (ms) => paidDollars({ requests, cpuMs: Math.max(0, ms) })),
      fitsFreePlan: fitsFreePlan({ requests, cpuMs: cpu.estimate }),
    };
  const hopDollars = (1 - cheapShare / 100) * Math.max(0, hopCpuMs?.estimate ?? 0) * dollarsPerMillionCpuMs;
  const known = hopCpuMs && one;
  const mostExtraShare = known && hopDollars / (dollarsPerMillionRequests + dollarsPerMillionCpuMs * one.estimate);
  return { requests, one: costOf(one), two: costOf(two), mostExtraShare };
}
