/**
 * The advice as a document: the answer, the ground that carries it, what the second Worker takes and gives, what it costs,
 * what would flip the answer, and what the run cannot tell.
 */
import type { Block } from '../report/document.ts';
import { amount, interval } from '../report/format.ts';
import type { Estimate } from '../stats/compare.ts';
import {
  type Answer,
  type Claim,
  type Decision,
  decide,
  derived,
  exact,
  type Flip,
  flipsOf,
  MAX_ISOLATE_MB,
  measured,
  p99Text,
  RULES,
  unsupported,
} from './decide.ts';
import type { AdviceFacts } from './facts.ts';
import { costsOf, MAX_STARTUP_MS, type Outlook, outlookOf, startupSaved } from './outlook.ts';
import { FIELDS, type Situation } from './situation.ts';

const SENTENCES: Readonly<Record<Answer, string>> = {
  one: 'One Worker.',
  two: 'Two Workers, a gateway and a predictor, over a service binding.',
  neither: 'Neither, as measured.',
  open: 'The data do not say which. One Worker is less to deploy.',
};

export const ANSWERS: Readonly<Record<Answer, string>> = {
  one: 'one Worker',
  two: 'two Workers',
  neither: 'neither',
  open: 'not supported by the data',
};

/** A pure function of a run's figures and the situation, so that a terminal and a browser say the same. */
export function adviceBlocks(facts: AdviceFacts, situation: Situation): Block[] {
  const decision = decide(facts, situation);
  const [ground, ...claims] = claimsOf(outlookOf(facts, situation), decision);
  const isKnown = ({ sure }: Claim) => sure !== 'not supported by the data';
  const why = [ground, ...claims.filter((claim) => isKnown(claim) && decision.ground !== 'unusable')];
  return [
    { kind: 'answer', text: SENTENCES[decision.answer] },
    { kind: 'text', text: situationText(situation) },
    { kind: 'heading', text: 'Why, and how sure' },
    { kind: 'list', items: why.map(({ text, sure }) => `${text} [${sure}]`) },
    ...costBlocks(outlookOf(facts, situation)),
    { kind: 'heading', text: 'What would flip it' },
    ...flipBlocks(facts, situation),
    { kind: 'heading', text: 'Not supported by the data' },
    { kind: 'list', items: claims.filter((claim) => !isKnown(claim)).map(({ text }) => text) },
    { kind: 'note', text: provenance(facts) },
  ];
}

/** The ground first, then the others in the order in which they matter. */
export function claimsOf(outlook: Outlook, decision: Decision): [Claim, ...Claim[]] {
  const topics = [latency, objective, price, startUp, cheapRequests, memory, capacity, model];
  const ground = RULES[decision.ground].why(outlook, decision.answer);
  return [ground, ...topics.flatMap((topic) => topic(outlook, decision)), ...ALWAYS];
}

type Topic = (outlook: Outlook, decision: Decision) => Claim | Claim[];

const ALWAYS: readonly Claim[] = [
  derived('One Worker is 1 configuration and 1 deploy command, two are 2 of each, in order.'),
  unsupported(
    'Anything of Cloudflare itself: the figures are from loopback on one machine. How many isolates there are, and how often ' +
      'they start for want of requests, is a guess.',
  ),
];

function estimate({ estimate: value, ci95 }: Estimate): string {
  return `${amount(value)} ms (95% interval ${interval(ci95)})`;
}

function dollars(value: number): string {
  return `$${value.toFixed(2)}`;
}

const latency: Topic = ({ facts: { hopMs, whyNoHop, pair } }) => {
  if (hopMs === null) return unsupported(`The hop, and so which one waits less: ${whyNoHop}.`);
  const none = hopMs.ci95[0] <= 0 ? ': that it takes any time is not shown' : '';
  return measured(`The hop of ${pair} adds ${estimate(hopMs)} to the median${none}.`);
};

/** Where it decided, the ground has said it. */
const objective: Topic = (outlook, { ground }) => {
  const { facts, situation, p99Ms, fit } = outlook;
  if (situation.sloMs === null) return [];
  const slo = `${exact(situation.sloMs)} ms`;
  const empty = facts.emptyP99Ms ?? 0;
  const beyond =
    situation.sloMs < empty
      ? [unsupported(`An objective of ${slo}: an empty Worker takes ${amount(empty)} ms at p99 over loopback here.`)]
      : [];
  if (p99Ms.one === null || p99Ms.two === null)
    return [...beyond, unsupported(`Whether either is within ${slo}: no p99 of both for such a model.`)];
  if (ground === 'objective') return beyond;
  const isClear = fit.one !== 'unclear' && fit.two !== 'unclear';
  const who = !isClear ? 'Whether both are' : fit.one === fit.two ? 'Both are' : 'One alone is';
  const text = `${who} within ${slo}: ${p99Text(outlook)}`;
  if (!facts.p99?.openLoop) return [...beyond, unsupported(`${text} One connection never queues.`)];
  const sure = !isClear ? unsupported : situation.modelMs === null ? measured : derived;
  return [...beyond, sure(text)];
};

const price: Topic = (outlook) => {
  const { hopCpuMs } = outlook.facts;
  const { one, two, mostExtraShare } = costsOf(outlook);
  if (hopCpuMs === null || one === null || two === null || mostExtraShare === null)
    return unsupported('What the second Worker costs: the CPU a request of such a model is not known.');
  return derived(
    `The hop adds ${estimate(hopCpuMs)} of CPU a request: ${dollars(two.dollars.estimate - one.dollars.estimate)} a month at ` +
      `your rate, and less than ${amount(mostExtraShare * 100)}% of the bill at any rate, as a call over a binding has no ` +
      'request fee. So the price does not decide.',
  );
};

const startUp: Topic = ({ facts }) => {
  const { combined, gateway, predictor } = facts.startupMs;
  if (combined === undefined || gateway === undefined || predictor === undefined)
    return unsupported(
      `What a release saves: this run measured no start-up. Anything up to the platform's limit of ${MAX_STARTUP_MS} ms is ` +
        'allowed for.',
    );
  const [savedMs, hopMs] = [startupSaved(facts, 'gateway')[1], facts.hopMs?.estimate ?? 0];
  const each =
    `Start-up takes ${amount(combined)} ms for one Worker, ${amount(gateway)} ms for the gateway, ${amount(predictor)} ms ` +
    'for the predictor';
  if (hopMs <= 0 || savedMs <= 0) return measured(`${each}.`);
  return derived(
    `${each}: a release of the edge code saves an isolate ${amount(savedMs)} ms at most, which the hop has taken again after ` +
      `${amount(savedMs / hopMs)} requests to it.`,
  );
};

const cheapRequests: Topic = ({ situation: { cheapShare } }) =>
  cheapShare === 0
    ? []
    : derived(
        `${exact(cheapShare)}% of requests need no model: with two Workers they make no hop and need the gateway alone.`,
      );

const memory: Topic = ({ memoryMb: { one, two }, situation: { modelMb } }, { ground }) => {
  if (one === null || two === null)
    return unsupported('Whether it fits the memory of an isolate: this run measured no memory by isolate.');
  if (ground === 'memory') return [];
  const text = `The isolate with the model takes ${amount(one)} MB in one Worker, ${amount(two)} MB in two, of ${MAX_ISOLATE_MB} MB.`;
  return modelMb === null ? measured(text) : derived(text);
};

const capacity: Topic = ({ facts: { maxRate }, situation: { ratePerS, peakPerS } }) => {
  const { one, two } = maxRate;
  const peak = Math.max(ratePerS, peakPerS ?? ratePerS);
  if (one === null || two === null)
    return unsupported(`Whether ${exact(peak)} requests/s are served: this run searched no highest rate of both.`);
  const text =
    `One process served ${amount(one)} requests/s with one Worker and ${amount(two)} with two (${maxRate.objective}): both ` +
    'Workers share a thread, here as by default on Cloudflare, so a second adds no capacity.';
  if (peak <= Math.min(one, two)) return measured(text);
  const beyond = `${exact(peak)} requests/s: one process served ${amount(Math.min(one, two))} here, and more were not measured.`;
  return [measured(text), unsupported(`${beyond} On Cloudflare the platform adds isolates, for both alike.`)];
};

/** Beyond the Worker's own time in the payloads that were measured; the one model's where there were none. */
const model: Topic = ({ facts, situation: { modelMs } }) => {
  if (modelMs === null) return [];
  const such = `A model of ${exact(modelMs)} ms`;
  if (facts.modelMs === null)
    return unsupported(`${such}: the CPU of the measured model by itself is not known (no arm floor).`);
  const [low, high] = facts.modelRangeMs ?? [facts.modelMs, facts.modelMs];
  if (modelMs >= low && modelMs <= high) return [];
  return unsupported(`${such}: requests of ${interval([low, high])} ms were measured, the rest is extrapolated.`);
};

function situationText(situation: Situation): string {
  const parts = FIELDS.map(({ name, label, unit, fallback }) => {
    const value = situation[name];
    return `${label} ${value === null ? fallback : withUnit(value, unit)}`;
  });
  return `For: ${parts.join('; ')}.`;
}

function withUnit(value: number, unit: string): string {
  return `${exact(value)}${unit === '' || unit === '%' ? unit : ` ${unit}`}`;
}

function costBlocks(outlook: Outlook): Block[] {
  const { requests, one, two } = costsOf(outlook);
  const row = (name: string, cost: typeof one) => [
    name,
    amount(cost?.cpuMs ?? null),
    cost === null ? '-' : dollars(cost.dollars.estimate),
    interval(cost?.dollars.ci95 ?? null, dollars),
    cost === null ? '-' : cost.fitsFreePlan ? 'fits' : 'does not fit',
  ];
  return [
    { kind: 'heading', text: `What it costs: ${amount(requests)} requests a month` },
    {
      kind: 'table',
      head: ['', 'CPU ms a request', 'a month, paid plan', '95% interval', 'free plan'],
      rows: [row('One Worker', one), row('Two Workers', two)],
      words: 1,
    },
    {
      kind: 'note',
      text:
        "Cloudflare's public price list, for an account that does nothing else. The free plan takes 100,000 requests a day and " +
        '10 ms of CPU each; it is judged by the means.',
    },
  ];
}

function flipBlocks(facts: AdviceFacts, situation: Situation): Block[] {
  if (facts.unusable !== null) return [{ kind: 'text', text: 'A complete run.' }];
  const flips = flipsOf(facts, situation);
  const rest = [...FIELDS, HOP].filter(({ name }) => flips.every(({ what }) => what !== name));
  const text = `Not by itself, at any value: ${rest.map(({ label }) => label).join('; ')}.`;
  return [
    ...(flips.length === 0
      ? []
      : [{ kind: 'list', items: flips.map((one) => `${flipText(one)} [${ANSWERS[one.answer]}]`) } as const]),
    ...(rest.length === 0 ? [] : [{ kind: 'text', text } as const]),
  ];
}

const HOP = { name: 'hopMs', label: 'the hop, as on another machine', unit: 'ms' } as const;

/** What would have to change: "teams that release on their own from 2". */
export function flipText({ what, direction, value }: Flip): string {
  const { label, unit } = FIELDS.find(({ name }) => name === what) ?? HOP;
  return `${label} ${direction === 'up' ? 'from' : 'up to'} ${withUnit(value, unit)}`;
}

function provenance({ run, pair }: AdviceFacts): string {
  return `From the run of ${run.date}, commit ${run.commit ?? 'unknown'}, profile ${run.profile}, ${run.starts} starts. Two Workers are the arm ${pair}.`;
}
