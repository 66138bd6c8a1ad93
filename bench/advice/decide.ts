/**
 * What figures of a run become in a situation, and the rule on that: which deployment, what decided, and what would flip it.
 * First what must hold (memory, the objective), then who releases and who shares, then the time that requests wait. Costs
 * are no part of it: `mostExtraShare` says why.
 */
import type { Estimate } from '../stats/compare.ts';
import type { AdviceFacts } from './facts.ts';
import { FIELDS, type FieldName, type Situation } from './situation.ts';

const SECONDS_PER_WEEK = 7 * 86_400;

/** Each start-up is read off a profile that samples every millisecond or so: a difference of two is good to twice that. */
const STARTUP_RESOLUTION_MS = 2;

/** The platform starts no Worker that takes longer (https://developers.cloudflare.com/workers/platform/limits/). */
export const MAX_STARTUP_MS = 1000;

/** From least to most. */
export type Range = readonly [number, number];

type Choice = 'one' | 'two';

export type Outlook = ReturnType<typeof outlookOf>;

/** Figures of one Worker and of two in a situation; what cannot be told is null. */
export function outlookOf(facts: AdviceFacts, situation: Situation) {
  const { cpuMs, p99, workers } = facts;
  const { modelMs, cheapShare } = situation;
  // What the user's model takes more than the measured one.
  const extraMs = modelMs === null ? 0 : facts.modelMs === null ? null : modelMs - facts.modelMs;
  const withModel = (ms: number) => Math.max(0, ms + (extraMs ?? 0));
  const p99Of = (of: Estimate | undefined) => {
    if (of === undefined || extraMs === null) return null;
    return { estimate: withModel(of.estimate), ci95: [withModel(of.ci95[0]), withModel(of.ci95[1])] as const };
  };
  const meanCpuMs = (own: number | null) => {
    if (own === null || extraMs === null) return null;
    return (1 - cheapShare / 100) * withModel(own) + (cheapShare / 100) * (cpuMs.floor ?? own);
  };
  // One Worker holds what the predictor holds and what `combined` was measured to need beyond it.
  const [combinedMb, predictorMb] = [workers.combined?.memoryMb, workers.predictor?.memoryMb];
  const beyondMb = combinedMb === undefined || predictorMb === undefined ? 0 : Math.max(0, combinedMb - predictorMb);
  const modelMb = situation.modelMb ?? predictorMb ?? null;
  return {
    facts,
    situation,
    /** CPU of a request on average over all of them. */
    cpuMs: { one: meanCpuMs(cpuMs.one), two: meanCpuMs(cpuMs.two) },
    p99Ms: { one: p99Of(p99?.one), two: p99Of(p99?.two) },
    /** Of the isolate with the model. */
    memoryMb: { one: modelMb === null ? null : modelMb + beyondMb, two: modelMb },
    waits: waitsOf(facts, situation),
  };
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
  const hop = hopOf(facts, situation);
  const hopMs = hop && scaled(hop, ratePerS * (1 - cheap) * SECONDS_PER_WEEK);
  const idleMs = scaled(facts.coldDeltaMs?.ci95 ?? [0, MAX_STARTUP_MS], (1 - cheap) * idleStarts * waited);
  const savedMs: Range = [edge[0] + model[0], edge[1] + model[1]];
  return {
    /** What two Workers wait for calls of the second one; null where the hop is not known. */
    hopMs,
    /** What two Workers wait for the second start-up where both start together. */
    idleMs,
    /** What one Worker waits for the start-up of code that a release leaves as it is, or that a request does not need. */
    savedMs,
    less: lessOf(hopMs, idleMs, savedMs),
  };
}

/**
 * The one with which the requests of a week wait less in all, when that holds over the whole of both intervals. Where
 * releases save nothing, it is one Worker whatever the hop: it is less to deploy.
 */
function lessOf(hopMs: Range | null, idleMs: Range, savedMs: Range): Choice | null {
  if (savedMs[1] === 0) return 'one';
  if (hopMs === null) return null;
  if (hopMs[0] + idleMs[0] > savedMs[1]) return 'one';
  return hopMs[1] + idleMs[1] < savedMs[0] ? 'two' : null;
}

/** A hop of another size has an interval that is as wide for its size as the measured one. */
function hopOf({ hopMs: measured }: AdviceFacts, { hopMs }: Situation): Range | null {
  if (hopMs === null) return measured?.ci95 ?? null;
  return measured && measured.estimate > 0 ? scaled(measured.ci95, hopMs / measured.estimate) : [hopMs, hopMs];
}

/** Start-up of the whole less that of one of the two Workers. */
function startupSaved({ workers }: AdviceFacts, worker: 'gateway' | 'predictor'): Range {
  const [whole, part] = [workers.combined?.startupMs ?? null, workers[worker]?.startupMs ?? null];
  if (whole === null || part === null) return [0, MAX_STARTUP_MS];
  return [Math.max(0, whole - part - STARTUP_RESOLUTION_MS), Math.max(0, whole - part + STARTUP_RESOLUTION_MS)];
}

function scaled([low, high]: Range, factor: number): Range {
  return [low * factor, high * factor];
}

/** One Worker, two Workers, none of both, or what the figures do not say. */
export type Answer = Choice | 'neither' | 'open';

/** Memory of an isolate in MB: https://developers.cloudflare.com/workers/platform/limits/. */
export const MAX_ISOLATE_MB = 128;

/** In the order in which they count. From two teams or gateways on, the second Worker is worth its hop whatever that is. */
const RULES = {
  memory: ({ memoryMb }, which) => (memoryMb[which] ?? 0) <= MAX_ISOLATE_MB,
  objective: ({ p99Ms, situation: { sloMs } }, which) => sloMs === null || (p99Ms[which]?.ci95[0] ?? 0) <= sloMs,
  teams: ({ situation: { teams } }, which) => which === 'two' || teams < 2,
  sharing: ({ situation: { gateways } }, which) => which === 'two' || gateways < 2,
  waiting: ({ waits: { less } }, which) => less === null || less === which,
} as const satisfies Readonly<Record<string, (outlook: Outlook, which: Choice) => boolean>>;

export type Ground = keyof typeof RULES;

/** What must hold; the others count where both deployments are left. */
const MUST: readonly string[] = ['memory', 'objective'] satisfies Ground[];

/** The answer, and what decided. Of a run that is not `unusable`. */
export function decide(facts: AdviceFacts, situation: Situation): { answer: Answer; ground: Ground } {
  const outlook = outlookOf(facts, situation);
  let [left, ground]: [Choice[], Ground] = [['one', 'two'], 'waiting'];
  for (const [next, allows] of Object.entries(RULES)) {
    const allowed = left.filter((which) => allows(outlook, which));
    const counts = MUST.includes(next) || left.length > 1;
    if (counts && allowed.length < left.length) [left, ground] = [allowed, next as Ground];
  }
  const [first, second] = left;
  if (first === undefined) return { answer: 'neither', ground };
  if (second !== undefined) return { answer: 'open', ground };
  if (!isClear(outlook.p99Ms[first], situation.sloMs)) return { answer: 'open', ground: 'objective' };
  return { answer: first, ground };
}

/** Whether all of the interval is within the objective or beyond, or one of them is not there. */
export function isClear(p99Ms: Estimate | null, sloMs: number | null): boolean {
  return p99Ms === null || sloMs === null || p99Ms.ci95[1] <= sloMs || p99Ms.ci95[0] > sloMs;
}

/** The nearest value of a field, `from` which on or `up to` which the rule answers something else. */
export type Flip = ReturnType<typeof flipsOf>[number];

/** 0, and from a ten thousandth to a million 200 values a decade: a flip is told at most 2% beyond where it is. */
const GRID = [0, ...Array.from({ length: 2001 }, (_, i) => Number((10 ** (i / 200 - 4)).toPrecision(3)))];

/** In the order of the fields. Found with the rule itself, so that what is told and what is done agree. */
export function flipsOf(facts: AdviceFacts, situation: Situation) {
  const present = decide(facts, situation).answer;
  const [modelMb, hopMs] = [facts.workers.predictor?.memoryMb, facts.hopMs?.estimate];
  const known: Partial<Record<FieldName, number | null | undefined>> = { modelMs: facts.modelMs, modelMb, hopMs };
  return FIELDS.flatMap((field) => {
    const { name, isCount, min, max } = field;
    const now = situation[name] ?? known[name] ?? null;
    if (now === null) return [];
    const values = GRID.map((one) => (isCount ? Math.round(one) : one)).filter((one) => one >= min && one <= max);
    return (['up to', 'from'] as const).flatMap((direction) => {
      const ahead =
        direction === 'from' ? values.filter((one) => one > now) : values.filter((one) => one < now).reverse();
      const answerAt = (value: number) => decide(facts, { ...situation, [name]: value }).answer;
      const all = ahead.map((value) => ({ field, direction, value, answer: answerAt(value) }));
      const others = all.filter(({ answer }) => answer !== present);
      // The nearest, and where that is no answer the next one that is.
      return [...new Set([...others.slice(0, 1), ...others.filter(({ answer }) => answer !== 'open').slice(0, 1)])];
    });
  });
}
