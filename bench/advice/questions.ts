/** The four questions that a run answers of two deployments, each in a row of a table and in a clause of a sentence. */
import type { Metric } from '../analysis/metrics.ts';
import type { ComparisonResult, Results } from '../analysis/results.ts';
import type { Table } from '../report/document.ts';
import { amount, listed } from '../report/format.ts';
import { findMeasurement, isBusy, isSingleStream, isWholeStart, type Which } from '../report/lookup.ts';
import { NARROW } from '../report/terminal.ts';

export interface Question {
  readonly title: string;
  readonly metric: Metric;
  readonly which: Which;
  /** What a deployment does with how much of what, for a sentence: "take 55% more CPU". */
  readonly verb: 'take' | 'serve';
  readonly what: string;
  /** For the table, where the second deployment has more, and where it has less. */
  readonly words: readonly [more: string, less: string];
}

/** A question with what the run says to it; null where the two were not compared in it. */
export interface Asked extends Question {
  readonly found: ComparisonResult | null;
}

/** Two deployments, the baseline first. */
export interface Pair {
  readonly a: string;
  readonly b: string;
  /** What each is called at the head of its column, and in a sentence. */
  readonly heads: readonly [string, string];
  readonly names: readonly [string, string];
  /** Whether the second is the first in two Workers: more to deploy. */
  readonly isSplit: boolean;
}

const MORE_OR_LESS = ['more', 'less'] as const;

/** In the order of the table. */
export const QUESTIONS: readonly Question[] = [
  {
    title: 'latency, ms',
    metric: 'latencyP50Ms',
    which: isSingleStream,
    verb: 'take',
    what: 'a request at the median',
    words: ['slower', 'faster'],
  },
  {
    title: 'requests/s',
    metric: 'rps',
    which: isBusy,
    verb: 'serve',
    what: 'requests a second',
    words: ['higher', 'lower'],
  },
  { title: 'CPU, ms', metric: 'cpuMsPerRequest', which: isBusy, verb: 'take', what: 'CPU', words: MORE_OR_LESS },
  { title: 'memory, MiB', metric: 'memoryMiB', which: isWholeStart, verb: 'take', what: 'memory', words: MORE_OR_LESS },
];

/** The order of a sentence. */
const SPOKEN: readonly Metric[] = ['latencyP50Ms', 'cpuMsPerRequest', 'rps', 'memoryMiB'];

export function askedOf({ comparisons }: Results, { a, b }: Pair): Asked[] {
  return QUESTIONS.map((question) => {
    const { metric, which } = question;
    const found = comparisons.find(
      (one) => one.a === a && one.b === b && one.metric === metric && which(one.condition),
    );
    return { ...question, found: found ?? null };
  });
}

/** What `b` does otherwise, in the first `most` of the questions: "take 0.127 ms more a request (...) and 55% more CPU". */
export function claims(asked: readonly Asked[], { heads }: Pair, most: number): string {
  const order = asked.toSorted((x, y) => SPOKEN.indexOf(x.metric) - SPOKEN.indexOf(y.metric)).slice(0, most);
  const told = order.map((one, i) => {
    if (order[i - 1]?.verb === one.verb) return amountOf(one);
    return `${one.verb}${heads[1] === 'two' ? '' : 's'} ${amountOf(one)}`;
  });
  return listed(told);
}

/** Time in milliseconds where their interval, too, leaves out 0; the ratio elsewhere. */
function amountOf({ metric, what, found }: Asked): string {
  if (found?.ratio == null) return what;
  const { ratio, delta } = found;
  const isLess = ratio.estimate < 1;
  const more = isLess ? (metric === 'rps' ? 'fewer' : 'less') : 'more';
  const share = change(isLess ? 2 - ratio.estimate : ratio.estimate);
  if (metric !== 'latencyP50Ms') return `${share} ${more} ${what}`;
  const [low, high] = delta === null ? [0, 0] : isLess ? [-delta.ci95[1], -delta.ci95[0]] : delta.ci95;
  if (delta === null || low <= 0) return `${share} ${more} time ${what} (95% interval ${changes(ratio.ci95)})`;
  return `${amount(Math.abs(delta.estimate))} ms ${more} ${what} (95% interval ${amount(low)} to ${amount(high)})`;
}

/** What a ratio is more or less, as a percentage with a decimal below 10; from ten times on the ratio itself, up to a thousand. */
function change(ratio: number): string {
  if (ratio >= 1000) return '>999x';
  if (ratio >= 10) return `${amount(ratio)}x`;
  return `${(ratio * 100 - 100).toFixed(Math.abs(ratio - 1) < 0.0995 ? 1 : 0)}%`;
}

function changes([low, high]: readonly [number, number]): string {
  return `${high >= 10 ? change(low) : change(low).slice(0, -1)} to ${change(high)}`;
}

/** At most 80 columns: longer names of the two are cut to the room that there is. */
export function tableOf(results: Results, { a, b, heads }: Pair, asked: readonly Asked[]): Table {
  const rows = asked.map((one) => [
    one.title,
    figureOf(results, a, one),
    figureOf(results, b, one),
    ...differenceOf(one),
    wordOf(one),
  ]);
  const head = ['question', ...heads, 'difference', '95% interval', 'in words'];
  const [question = 0, one = 0, two = 0, ...others] = head.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  const room = NARROW - others.reduce((sum, width) => sum + width, question) - 2 * (head.length - 1);
  const first = Math.min(one, Math.max(Math.floor(room / 2), room - two));
  head.splice(1, 2, shortName(heads[0], first), shortName(heads[1], room - first));
  return { kind: 'table', head, rows, words: 1 };
}

/** Of a subject that nothing is compared with. */
export function tableOfOne(results: Results, subject: string, name: string): Table {
  const rows = QUESTIONS.map((question) => [question.title, figureOf(results, subject, question)]);
  return { kind: 'table', head: ['question', name], rows, words: 1 };
}

function figureOf(results: Results, subject: string, { metric, which }: Question): string {
  return amount(findMeasurement(results, { subject, metric, which })?.estimate ?? null);
}

function differenceOf({ found }: Asked): [string, string] {
  if (found?.ratio == null || found.verdict === 'invalid') return ['-', '-'];
  const { estimate, ci95 } = found.ratio;
  return [`${estimate < 1 || estimate >= 10 ? '' : '+'}${change(estimate)}`, changes(ci95)];
}

function wordOf({ found, words }: Asked): string {
  if (found === null || found.reason?.endsWith('not measured') === true) return 'not measured';
  const { verdict, ratio, minimumDetectableRatio: least, clientLimited } = found;
  if (verdict === 'invalid') return verdict;
  if (verdict === 'equivalent') return 'the same';
  if (verdict === 'inconclusive') return least === null ? 'open' : `open: sees ${change(least)} or more`;
  return `${words[(ratio?.estimate ?? 1) > 1 ? 0 : 1]}${clientLimited ? ' *' : ''}`;
}

/** A text of at most so many columns. */
export function cut(text: string, columns: number): string {
  return text.length > columns ? `${text.slice(0, columns - 1)}~` : text;
}

/** A name of at most so many columns: its beginning and its end, which tell addresses apart. */
export function shortName(name: string, columns: number): string {
  if (name.length <= columns) return name;
  const half = Math.floor((columns - 1) / 2);
  return `${name.slice(0, columns - 1 - half)}~${name.slice(name.length - half)}`;
}
