/** The advice as blocks of text, before it becomes a terminal's lines or a page's elements: both say the same words. */
import type { Advice } from './advise.ts';
import type { Cost } from './costs.ts';
import type { Flip } from './flips.ts';
import { FIELDS, type Situation } from './situation.ts';
import { ANSWERS, count, dollars, exact, figure, interval } from './words.ts';

export type Block =
  | { readonly kind: 'answer'; readonly text: string }
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly Item[] }
  | { readonly kind: 'table'; readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] };

export interface Item {
  readonly text: string;
  /** What it stands on; null where that is said above. */
  readonly tag: string | null;
}

export function adviceBlocks(advice: Advice, situation: Situation): Block[] {
  return [
    { kind: 'answer', text: answerText(advice) },
    { kind: 'paragraph', text: situationText(situation) },
    { kind: 'heading', text: 'Why, and how sure' },
    { kind: 'list', items: advice.why.map(({ text, certainty }) => ({ text, tag: certainty })) },
    ...costBlocks(advice),
    { kind: 'heading', text: 'What would flip it' },
    ...flipBlocks(advice),
    { kind: 'heading', text: 'Not supported by the data' },
    { kind: 'list', items: advice.unsupported.map((text) => ({ text, tag: null })) },
    { kind: 'paragraph', text: provenance(advice) },
  ];
}

function answerText({ decision: { answer } }: Advice): string {
  const texts = {
    one: 'One Worker.',
    two: 'Two Workers, a gateway and a predictor, over a service binding.',
    neither: 'Neither, as measured.',
    open: 'The data do not say which. One Worker is less to deploy.',
  } as const;
  return texts[answer];
}

function situationText(situation: Situation): string {
  const parts = FIELDS.map((field) => {
    const value = situation[field.name];
    return `${field.label}: ${value === null ? field.fallback : withUnit(value, field.unit)}`;
  });
  return `${parts.join('; ')}.`;
}

function withUnit(value: number, unit: string): string {
  return `${exact(value)}${unit === '' || unit === '%' ? unit : ` ${unit}`}`;
}

function costBlocks({ costs }: Advice): Block[] {
  const header = ['', 'CPU ms a request', 'a month, paid plan', '95% interval', 'free plan'];
  const row = (name: string, cost: Cost | null) =>
    cost === null
      ? [name, '-', '-', '-', '-']
      : [
          name,
          figure(cost.cpuMs),
          dollars(cost.dollars),
          cost.dollarsCi95.map(dollars).join(' to '),
          cost.fitsFreePlan ? 'fits' : 'does not fit',
        ];
  return [
    { kind: 'heading', text: `What it costs: ${count(costs.requests)} requests a month` },
    { kind: 'table', header, rows: [row('One Worker', costs.one), row('Two Workers', costs.two)] },
    {
      kind: 'paragraph',
      text: "Cloudflare's public price list, for an account that does nothing else. The free plan takes 100,000 requests a day and 10 ms of CPU each; it is judged by the means.",
    },
  ];
}

function flipBlocks({ flips, decision }: Advice): Block[] {
  const flipping = new Set(flips.map(({ what }) => what));
  const others = FIELDS.filter(({ name }) => !flipping.has(name)).map(({ label }) => label);
  const rest = [...others, ...(flipping.has('hopMs') ? [] : ['the hop'])];
  const items = flips.map((flip) => ({ text: flipText(flip), tag: ANSWERS[flip.answer] }));
  if (decision.ground === 'unusable') return [{ kind: 'paragraph', text: 'A complete run.' }];
  return [
    ...(items.length === 0 ? [] : [{ kind: 'list', items } as const]),
    ...(rest.length === 0
      ? []
      : [{ kind: 'paragraph', text: `Not by itself, at any value: ${rest.join('; ')}.` } as const]),
  ];
}

function flipText({ what, direction, value }: Flip): string {
  const { label, unit } = FIELDS.find(({ name }) => name === what) ?? {
    label: 'The hop, as on another machine',
    unit: 'ms',
  };
  return `${label}: ${withUnit(value, unit)} or ${direction === 'up' ? 'more' : 'less'}`;
}

function provenance({ facts: { run, pair, hopMs } }: Advice): string {
  const hop = hopMs === null ? '' : ` Two Workers are the arm ${pair}; its hop takes ${interval(hopMs.ci95)} ms.`;
  return `From the run of ${run.date}, commit ${run.commit ?? 'unknown'}, profile ${run.profile}, ${run.starts} starts.${hop}`;
}
