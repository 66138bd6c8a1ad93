/**
 * What the figures of a run become in a situation: CPU, p99 and memory of either deployment, what a week waits, and what a
 * month costs.
 */
import { fitsFreePlan, monthlyRequests, PAID_PLAN, paidDollars } from '../analysis/prices.ts';
import type { Estimate } from '../stats/compare.ts';
import type { AdviceFacts, OneAndTwo } from './facts.ts';
import type { Situation } from './situation.ts';

/** From least to most. */
export type Range = readonly [number, number];

export interface Outlook {
  /** Mean CPU of a request over all of them, in milliseconds; null where it cannot be told. */
  readonly cpuMs: OneAndTwo<Estimate | null>;
  /** 99th percentile in milliseconds; null where it cannot be told. */
  readonly p99Ms: OneAndTwo<Estimate> | null;
  /** Memory of the isolate with the model, in MB. */
  readonly memoryMb: OneAndTwo<number | null>;
  readonly waits: Waits;
}

/** Milliseconds that the requests of a week wait in all, with two Workers and not with one, or the other way round. */
export interface Waits {
  /** For the hop; null where it is not known. */
  readonly hopMs: Range | null;
  /** For the second start-up where both Workers start together, for want of requests before. */
  readonly idleMs: Range;
  /** Not for the start-up of a Worker that a release leaves as it is, or that a request does not need. */
  readonly savedMs: Range;
}

const SECONDS_PER_WEEK = 7 * 86_400;

/** Each start-up is read off a profile that samples every millisecond or so: a difference of two is good to twice that. */
const STARTUP_RESOLUTION_MS = 2;

/** The platform starts no Worker that takes longer (https://developers.cloudflare.com/workers/platform/limits/). */
export const MAX_STARTUP_MS = 1000;

export function outlookOf(facts: AdviceFacts, situation: Situation): Outlook {
  const { cpuMs, p99 } = facts;
  const extraMs = extraModelMs(facts, situation);
  const p99Of = (measured: Estimate) => mapped(measured, (ms) => Math.max(0, ms + (extraMs ?? 0)));
  return {
    cpuMs: { one: meanCpu(facts, situation, cpuMs.one), two: meanCpu(facts, situation, cpuMs.two) },
    p99Ms: p99 === null || extraMs === null ? null : { one: p99Of(p99.one), two: p99Of(p99.two) },
    memoryMb: memoryOf(facts, situation),
    waits: waitsOf(facts, situation),
  };
}

/** CPU of the model as measured: that of one Worker less that of the same code without a model. */
export function measuredModelMs({ cpuMs, floorCpuMs }: AdviceFacts): number | null {
  return cpuMs.one === null || floorCpuMs === null ? null : cpuMs.one.estimate - floorCpuMs;
}

/** How much more the user's model takes than the measured one, in milliseconds. */
function extraModelMs(facts: AdviceFacts, { modelMs }: Situation): number | null {
  const measured = measuredModelMs(facts);
  return modelMs === null ? 0 : measured === null ? null : modelMs - measured;
}

function meanCpu(facts: AdviceFacts, situation: Situation, measured: Estimate | null): Estimate | null {
  const extraMs = extraModelMs(facts, situation);
  if (measured === null || extraMs === null) return null;
  const cheap = situation.cheapShare / 100;
  const cheapMs = facts.floorCpuMs ?? measured.estimate;
  return mapped(measured, (ms) => (1 - cheap) * Math.max(0, ms + extraMs) + cheap * cheapMs);
}

function mapped({ estimate, ci95 }: Estimate, change: (value: number) => number): Estimate {
  return { estimate: change(estimate), ci95: [change(ci95[0]), change(ci95[1])] };
}

/** One Worker holds what the predictor holds and what `combined` was measured to need beyond it. */
function memoryOf(
  { memoryMb: { combined, predictor } }: AdviceFacts,
  { modelMb }: Situation,
): OneAndTwo<number | null> {
  const two = modelMb ?? predictor ?? null;
  if (two === null || combined === undefined || predictor === undefined) return { one: two, two };
  return { one: two + Math.max(0, combined - predictor), two };
}

/** Calls of the second Worker in a week. */
export function weeklyHops({ ratePerS, cheapShare }: Situation): number {
  return ratePerS * (1 - cheapShare / 100) * SECONDS_PER_WEEK;
}

/**
 * In each isolate that starts one request waits for it: after a release with one Worker for the start-up of all, with two
 * for that of the Worker which changed. A start for want of requests is of both, or of the gateway where the request needs
 * no model. No more starts than requests are waited for. A start that was not measured takes anything that the platform
 * allows.
 */
function waitsOf(facts: AdviceFacts, situation: Situation): Waits {
  const { edgeReleases, modelReleases, idleStarts, isolates, ratePerS, cheapShare } = situation;
  const cheap = cheapShare / 100;
  const starts = isolates * (edgeReleases + modelReleases + idleStarts);
  const waited = isolates * Math.min(1, (ratePerS * SECONDS_PER_WEEK) / Math.max(starts, 1));
  const edge = scaled(startupSaved(facts, 'gateway'), (edgeReleases + cheap * idleStarts) * waited);
  const model = scaled(startupSaved(facts, 'predictor'), modelReleases * waited);
  return {
    hopMs: facts.hopMs === null ? null : scaled(facts.hopMs.ci95, weeklyHops(situation)),
    idleMs: scaled(facts.coldDeltaMs?.ci95 ?? [0, MAX_STARTUP_MS], (1 - cheap) * idleStarts * waited),
    savedMs: [edge[0] + model[0], edge[1] + model[1]],
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

/** What a deployment costs a month. */
export interface Cost {
  /** Mean CPU of a request in milliseconds. */
  readonly cpuMs: number;
  /** US dollars a month on the paid plan, and at both ends of the CPU's interval. */
  readonly dollars: Estimate;
  readonly fitsFreePlan: boolean;
}

export interface Costs extends OneAndTwo<Cost | null> {
  readonly requests: number;
  /**
   * The most that the second Worker can add to the bill, as a share of it, whatever the rate; null where its CPU is not
   * known. The price list charges a request once however many Workers it passes. The bill for one Worker is more than
   * R (0.30 + 0.02 c) dollars for R million requests of c ms, as what is included is worth less than the 5 dollars it comes
   * with; the second Worker's h ms add at most 0.02 R h.
   */
  readonly mostExtraShare: number | null;
}

export function costsOf({ hopCpuMs }: AdviceFacts, { cpuMs }: Outlook, { ratePerS, cheapShare }: Situation): Costs {
  const { dollarsPerMillionRequests, dollarsPerMillionCpuMs } = PAID_PLAN;
  const requests = monthlyRequests(ratePerS);
  const costOf = (cpu: Estimate | null): Cost | null =>
    cpu && {
      cpuMs: cpu.estimate,
      dollars: mapped(cpu, (ms) => paidDollars({ requests, cpuMs: Math.max(0, ms) })),
      fitsFreePlan: fitsFreePlan({ requests, cpuMs: cpu.estimate }),
    };
  const hopMs = (1 - cheapShare / 100) * Math.max(0, hopCpuMs?.estimate ?? 0);
  return {
    requests,
    one: costOf(cpuMs.one),
    two: costOf(cpuMs.two),
    mostExtraShare:
      hopCpuMs === null || cpuMs.one === null
        ? null
        : (dollarsPerMillionCpuMs * hopMs) / (dollarsPerMillionRequests + dollarsPerMillionCpuMs * cpuMs.one.estimate),
  };
}
