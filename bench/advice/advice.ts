/**
 * The advice as a document: the answer, what it stands on with the ground that decided first, what it costs, what would
 * flip it, and what the run cannot tell.
 */
import { dollarsPerMillion, fitsFreePlan, monthlyRequests, PAID_PLAN, paidDollars } from '../analysis/prices.ts';
import type { Block } from '../report/document.ts';
import { amount, interval, percent } from '../report/format.ts';
import type { Estimate } from '../stats/compare.ts';
import type { Answer, Flip, Ground, Outlook, Range } from './decide.ts';
import { decide, flipsOf, isClear, MAX_ISOLATE_MB, MAX_STARTUP_MS, outlookOf } from './decide.ts';
import type { AdviceFacts } from './facts.ts';
import { pastBlocks } from './past-one-machine.ts';
import { FIELDS, type Field, type Situation } from './situation.ts';

/** What each is called, and its sentence. */
export const ANSWERS: Readonly<Record<Answer, readonly [name: string, sentence: string]>> = {
  two: ['two Workers', 'Two Workers, a gateway and a predictor, over a service binding.'],
  one: ['one Worker', 'One Worker.'],
  neither: ['neither', 'Neither, as measured.'],
  open: ['uncertain', 'The data do not say which. One Worker is less to deploy.'],
};

/** A pure function of a run's figures and the situation, so that a terminal and a browser say the same. */
export function adviceBlocks(facts: AdviceFacts, situation: Situation): Block[] {
  if (facts.unusable !== null)
    return [{ kind: 'answer', text: `The data do not say which: the run is incomplete (${facts.unusable}).` }];
  const [outlook, { answer, ground }] = [outlookOf(facts, situation), decide(facts, situation)];
  const claims = claimsOf(outlook, ground);
  const open = claims.filter(([sure], i) => i > 0 && sure === OPEN);
  const why = claims.filter((claim) => !open.includes(claim));
  const given = FIELDS.map((field) => `${field.label} ${valueText(field, situation[field.name])}`);
  const flips = flipsOf(facts, situation).map((flip) => `${flipText(flip)} [${ANSWERS[flip.answer][0]}]`);
  return [
    { kind: 'answer', text: ANSWERS[answer][1] },
    { kind: 'text', text: `For: ${given.join('; ')}.` },
    { kind: 'heading', text: 'Why, and how sure' },
    { kind: 'list', items: why.map(([sure, text]) => `${text} [${sure}]`) },
    ...costBlocks(outlook),
    ...pastBlocks(outlook),
    { kind: 'heading', text: 'What would flip it' },
    { kind: 'list', items: flips.length === 0 ? ['Nothing by itself.'] : flips },
    { kind: 'heading', text: 'Not supported by the data' },
    { kind: 'list', items: open.map(([, text]) => text) },
    { kind: 'note', text: `From ${facts.run}. Two Workers are the arm ${facts.pair}.` },
  ];
}

/** A sentence, and what it stands on. */
export type Claim = readonly [sure: 'measured' | 'derived' | typeof OPEN, text: string];

const OPEN = 'not supported by the data';

/** What decided first, then the others in the order in which they matter. */
export function claimsOf(outlook: Outlook, ground: Ground): Claim[] {
  const topics = Object.entries(TOPICS).toSorted(([a], [b]) => Number(b === ground) - Number(a === ground));
  return topics.map(([, topic]) => topic(outlook)).filter((claim) => claim !== null);
}

type Topic = (outlook: Outlook) => Claim | null;

/** Null where there is nothing to say; of the rule that decided there always is. */
const TOPICS: Readonly<Record<Ground, Topic>> & Readonly<Record<string, Topic>> = {
  memory({ memoryMb: { one, two }, situation: { modelMb } }) {
    if (one === null || two === null) return [OPEN, 'Whether it fits an isolate: no memory by isolate was measured.'];
    const outside = two > MAX_ISOLATE_MB ? ': the model has to run outside, behind the gateway with PREDICTOR_URL' : '';
    const text = `The isolate with the model takes ${amount(one)} MB in one Worker, ${amount(two)} MB in two`;
    return [modelMb === null ? 'measured' : 'derived', `${text}, of ${MAX_ISOLATE_MB} MB${outside}.`];
  },
  objective({ facts: { p99 }, p99Ms: { one, two }, situation: { sloMs, modelMs } }) {
    if (sloMs === null) return null;
    if (one === null || two === null)
      return [OPEN, `Whether either is within ${sloMs} ms: no p99 of both for such a model.`];
    const where = p99?.isOpenLoop ? "half of the slowest arm's capacity" : 'one connection, which never queues';
    const text = `Within ${sloMs} ms: at p99 one Worker takes ${estimate(one)}, two take ${estimate(two)}, under ${where}.`;
    // One connection shows what is beyond the objective, not what is within.
    const isShown = p99?.isOpenLoop || Math.max(one.ci95[0], two.ci95[0]) > sloMs;
    if (!isShown || !isClear(one, sloMs) || !isClear(two, sloMs)) return [OPEN, text];
    return [modelMs === null ? 'measured' : 'derived', text];
  },
  teams({ situation: { teams } }) {
    if (teams < 2) return null;
    return ['derived', `${teams} teams release on their own: with one Worker each also releases the others' code.`];
  },
  sharing({ situation: { gateways } }) {
    if (gateways < 2) return null;
    return ['derived', `${gateways} Workers use this model: in one of its own it is held and released once.`];
  },
  waiting({ facts: { whyNoHop }, waits: { hopMs, idleMs, savedMs, less } }) {
    if (savedMs[1] === 0) return ['derived', 'No release saves a start-up, so nothing is gained for the hop.'];
    if (hopMs === null) return [OPEN, `The hop, and so which one waits less: ${whyNoHop}.`];
    const taken = `a week's requests wait ${seconds(hopMs)} for the hop and ${seconds(idleMs)} for second start-ups`;
    const text = `With two Workers ${taken}, and ${seconds(savedMs)} less where one of them starts alone`;
    if (less === null) return [OPEN, `${text}: the intervals overlap.`];
    return ['derived', `${text}: least in all with ${ANSWERS[less][0]}.`];
  },
  hop: ({ facts: { hopMs, pair } }) =>
    hopMs && ['measured', `The hop of ${pair} adds ${estimate(hopMs)} to the median.`],
  price(outlook) {
    const [{ hopCpuMs }, share] = [outlook.facts, mostExtraShare(outlook)];
    if (hopCpuMs === null || share === null)
      return [OPEN, 'What the second Worker costs: the CPU a request of such a model is not known.'];
    const text = `The hop adds ${estimate(hopCpuMs)} of CPU a request and no fee`;
    return ['derived', `${text}: about ${percent(share, 2)} of the bill at most, so the price does not decide.`];
  },
  startUp({ facts: { workers } }) {
    const times = [workers.combined, workers.gateway, workers.predictor].map((one) => one?.startupMs ?? null);
    if (times.includes(null))
      return [OPEN, `What a release saves: no start-up was measured, so up to ${MAX_STARTUP_MS} ms are allowed for.`];
    const [one, gateway, predictor] = times.map(amount);
    const text = `Start-up takes one Worker ${one} ms, the gateway ${gateway} ms, the predictor ${predictor} ms.`;
    return ['measured', text];
  },
  capacity({ facts: { maxRate }, situation: { ratePerS, peakPerS } }) {
    const { one, two, isAtLeast, objective } = maxRate;
    const peak = Math.max(ratePerS, peakPerS ?? 0);
    if (one === null || two === null)
      return [OPEN, `Whether ${amount(peak)} requests/s are served: no highest rate of both was searched.`];
    const least = isAtLeast ? 'at least ' : '';
    const text = `One process served ${least}${amount(one)} requests/s with one Worker, ${least}${amount(two)} with two (${objective})`;
    if (peak <= Math.min(one, two)) return ['measured', `${text}: both Workers share a thread.`];
    return [OPEN, `${text}; ${amount(peak)} were not measured, and Cloudflare adds isolates for both alike.`];
  },
  model: ({ situation: { modelMs } }) =>
    modelMs === null ? null : [OPEN, `A model of ${modelMs} ms, other than the measured one: it is extrapolated.`],
  cloudflare: () => [
    OPEN,
    'Anything of Cloudflare itself: figures are from loopback, starts and isolates are guesses.',
  ],
};

function estimate({ estimate: value, ci95 }: Estimate): string {
  return `${amount(value)} ms (95% interval ${interval(ci95)})`;
}

function seconds([low, high]: Range): string {
  return `${interval([low / 1000, high / 1000])} s`;
}

/**
 * The most that the second Worker can add to the bill, as a share of it, whatever the rate: R million requests cost one
 * Worker more than R times the price of a million, as what is included is worth less than the 5 dollars it comes with.
 */
export function mostExtraShare({ facts: { hopCpuMs }, situation: { cheapShare }, cpuMs }: Outlook): number | null {
  if (hopCpuMs === null || cpuMs.one === null) return null;
  const hopDollars = (1 - cheapShare / 100) * Math.max(0, hopCpuMs.estimate) * PAID_PLAN.dollarsPerMillionCpuMs;
  return hopDollars / dollarsPerMillion({ cpuMs: cpuMs.one });
}

function costBlocks({ cpuMs: { one, two }, situation: { ratePerS } }: Outlook): Block[] {
  const requests = monthlyRequests(ratePerS);
  const row = (name: string, cpuMs: number | null) => {
    if (cpuMs === null) return [name, '-', '-', '-'];
    const use = { requests, cpuMs };
    return [name, amount(cpuMs), `$${paidDollars(use).toFixed(2)}`, fitsFreePlan(use) ? 'fits' : 'does not fit'];
  };
  const head = ['', 'CPU ms a request', 'a month, paid plan', 'free plan'];
  return [
    { kind: 'heading', text: `What it costs: ${amount(requests)} requests a month` },
    { kind: 'table', head, rows: [row('One Worker', one), row('Two Workers', two)], words: 1 },
    { kind: 'note', text: "By Cloudflare's public price list and the means, for an account that does nothing else." },
  ];
}

/** What would have to change: "teams that release on their own from 2". */
export function flipText({ field, direction, value }: Flip): string {
  return `${field.label} ${direction} ${valueText(field, value)}`;
}

function valueText({ unit, fallback }: Field, value: number | null): string {
  if (value === null) return fallback;
  return `${value}${unit === '%' ? '' : ' '}${unit}`.trim();
}
