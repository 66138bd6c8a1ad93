/** The advice as a document: the answer first, then why, what it costs, what would flip it, and what the data do not say. */
import type { Block } from '../report/document.ts';
import { amount, interval } from '../report/format.ts';
import { type Answer, type Flip, flipsOf } from './decide.ts';
import type { AdviceFacts } from './facts.ts';
import { limitsOf } from './limits.ts';
import type { Cost, Costs } from './outlook.ts';
import { type Case, caseOf, dollars, exact, whyOf } from './reasons.ts';
import { FIELDS, type Situation } from './situation.ts';

/** A pure function of a run's figures and the situation, so that a terminal and a browser say the same. */
export function adviceBlocks(facts: AdviceFacts, situation: Situation): Block[] {
  const one = caseOf(facts, situation);
  return [
    { kind: 'answer', text: SENTENCES[one.decision.answer] },
    { kind: 'text', text: situationText(situation) },
    { kind: 'heading', text: 'Why, and how sure' },
    { kind: 'list', items: whyOf(one) },
    ...costBlocks(one.costs),
    { kind: 'heading', text: 'What would flip it' },
    ...flipBlocks(one),
    { kind: 'heading', text: 'Not supported by the data' },
    { kind: 'list', items: limitsOf(one) },
    { kind: 'note', text: provenance(facts) },
  ];
}

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

function situationText(situation: Situation): string {
  const parts = FIELDS.map(({ name, label, unit, fallback }) => {
    const value = situation[name];
    return `${label}: ${value === null ? fallback : withUnit(value, unit)}`;
  });
  return `${parts.join('; ')}.`;
}

function withUnit(value: number, unit: string): string {
  return `${exact(value)}${unit === '' || unit === '%' ? unit : ` ${unit}`}`;
}

function costBlocks({ requests, one, two }: Costs): Block[] {
  const row = (name: string, cost: Cost | null) =>
    cost === null
      ? [name, '-', '-', '-', '-']
      : [
          name,
          amount(cost.cpuMs),
          dollars(cost.dollars.estimate),
          interval(cost.dollars.ci95, dollars),
          cost.fitsFreePlan ? 'fits' : 'does not fit',
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

function flipBlocks({ facts, situation, decision }: Case): Block[] {
  if (decision.ground === 'unusable') return [{ kind: 'text', text: 'A complete run.' }];
  const flips = flipsOf(facts, situation);
  const isFlipping = (what: Flip['what']) => flips.some((flip) => flip.what === what);
  const rest = [
    ...FIELDS.filter(({ name }) => !isFlipping(name)).map(({ label }) => label),
    ...(isFlipping('hopMs') ? [] : ['the hop']),
  ];
  return [
    ...(flips.length === 0 ? [] : [{ kind: 'list', items: flips.map(flipText) } as const]),
    ...(rest.length === 0 ? [] : [{ kind: 'text', text: `Not by itself, at any value: ${rest.join('; ')}.` } as const]),
  ];
}

function flipText({ what, direction, value, answer }: Flip): string {
  const hop = { label: 'The hop, as on another machine', unit: 'ms' };
  const { label, unit } = FIELDS.find(({ name }) => name === what) ?? hop;
  return `${label}: ${withUnit(value, unit)} or ${direction === 'up' ? 'more' : 'less'} [${ANSWERS[answer]}]`;
}

function provenance({ run, pair, hopMs }: AdviceFacts): string {
  const hop = hopMs === null ? '' : ` Two Workers are the arm ${pair}; its hop takes ${interval(hopMs.ci95)} ms.`;
  return `From the run of ${run.date}, commit ${run.commit ?? 'unknown'}, profile ${run.profile}, ${run.starts} starts.${hop}`;
}
