/** What the figures of a run become in a situation: CPU, p99 and memory of either deployment, and what a week waits. */
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
  /** What a week waits with two Workers and not with one, and the other way round. */
  readonly waits: Waits;
}

/** Milliseconds that the requests of a week wait in all. */
export interface Waits {
  /** For the hop; null where it is not known. */
  readonly hopMs: Range | null;
  /** For the second start-up where both Workers start together, for want of requests before. */
  readonly idleMs: Range;
  /** Not for the start-up of a Worker that a release leaves as it is, or that a request does not need. */
  readonly savedMs: Range;
}

export const SECONDS_PER_WEEK = 7 * 86_400;

/** Each start-up is read off a profile that samples every millisecond or so: a difference of two is good to twice that. */
const STARTUP_RESOLUTION_MS = 2;

/** The platform starts no Worker that takes longer (https://developers.cloudflare.com/workers/platform/limits/). */
export const MAX_STARTUP_MS = 1000;

export function outlookOf(facts: AdviceFacts, situation: Situation): Outlook {
  const shiftMs = modelShiftMs(facts, situation);
  return {
    cpuMs: { one: meanCpu(facts, situation, facts.cpuMs.one), two: meanCpu(facts, situation, facts.cpuMs.two) },
    p99Ms:
      facts.p99 === null || shiftMs === null
        ? null
        : { one: shifted(facts.p99.one, shiftMs), two: shifted(facts.p99.two, shiftMs) },
    memoryMb: memoryOf(facts, situation),
    waits: waitsOf(facts, situation),
  };
}

/** CPU of the model as measured: that of one Worker less that of the same code without a model. */
export function measuredModelMs({ cpuMs, floorCpuMs }: AdviceFacts): number | null {
  return cpuMs.one === null || floorCpuMs === null ? null : cpuMs.one.estimate - floorCpuMs;
}

/** How much more the user's model takes than the measured one, in milliseconds. */
function modelShiftMs(facts: AdviceFacts, { modelMs }: Situation): number | null {
  if (modelMs === null) return 0;
  const measured = measuredModelMs(facts);
  return measured === null ? null : modelMs - measured;
}

function meanCpu(facts: AdviceFacts, situation: Situation, measured: Estimate | null): Estimate | null {
  const shiftMs = modelShiftMs(facts, situation);
  if (measured === null || shiftMs === null) return null;
  const cheap = situation.cheapShare / 100;
  const cheapMs = facts.floorCpuMs ?? measured.estimate;
  const blend = (ms: number) => (1 - cheap) * Math.max(0, ms + shiftMs) + cheap * cheapMs;
  return { estimate: blend(measured.estimate), ci95: [blend(measured.ci95[0]), blend(measured.ci95[1])] };
}

function shifted({ estimate, ci95: [low, high] }: Estimate, ms: number): Estimate {
  const shift = (value: number) => Math.max(0, value + ms);
  return { estimate: shift(estimate), ci95: [shift(low), shift(high)] };
}

/** One Worker holds what the predictor holds and what `combined` was measured to need beyond it. */
function memoryOf(
  { memoryMb: { combined, predictor } }: AdviceFacts,
  { modelMb }: Situation,
): OneAndTwo<number | null> {
  const two = modelMb ?? predictor ?? null;
  if (combined === undefined || predictor === undefined) return { one: two, two };
  return { one: two === null ? null : two + Math.max(0, combined - predictor), two };
}

/** Calls of the second Worker in a week. */
export function weeklyHops({ ratePerS, cheapShare }: Situation): number {
  return ratePerS * (1 - cheapShare / 100) * SECONDS_PER_WEEK;
}

/**
 * In each isolate that starts one request waits for it: after a release with one Worker for the start-up of all, with two
 * for that of the Worker which changed. A start for want of requests is of both, or of the gateway where the request needs
 * no model. No more starts than requests are waited for.
 * Where a start was not measured it is anything that the platform allows.
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
