/**
 * The answer of a run: which of two deployments to choose, how sure that is, four figures, and what would change it, in
 * words that fit the last lines of a terminal and the first screen of a report. It claims what the verdicts claim.
 */
import type { Metric } from '../analysis/metrics.ts';
import type { ComparisonResult, Results } from '../analysis/results.ts';
import { isPair } from '../analysis/subjects.ts';
import { EMPTY } from '../load/workloads.ts';
import type { Block, Table } from '../report/document.ts';
import { amount, listed } from '../report/format.ts';
import * as run from '../report/lookup.ts';
import { gridAnswer } from '../report/sections/grid.ts';
import { blocksText, NARROW } from '../report/terminal.ts';
import { ALPHA } from '../stats/compare.ts';
import { ANSWERS, flipText } from './advice.ts';
import { type Answer, decide, type Flip, flipsOf } from './decide.ts';
import { adviceFacts } from './facts.ts';
import { DEFAULT_SITUATION } from './situation.ts';

/** Lines of 80 columns that the answer takes at most. */
const MAX_LINES = 20;

/** Columns of a name that others chose, and of a reason or of flips in an item: two lines with what is before them. */
const [NAME_COLUMNS, TEXT_COLUMNS] = [23, 120];

/** From this factor on a machine is called noisy. */
const NOISY = 1.5;

/** `what` a deployment takes or serves so much of, for a sentence; `more` and `less` of it, for the table. */
type Question = readonly [title: string, metric: Metric, which: run.Which, what: string, more: string, less: string];

/** In the order of the table. */
const QUESTIONS: readonly Question[] = [
  ['latency, ms', 'latencyP50Ms', run.isSingleStream, 'a request at the median', 'slower', 'faster'],
  ['requests/s', 'rps', run.isBusy, 'requests a second', 'higher', 'lower'],
  ['CPU, ms', 'cpuMsPerRequest', run.isBusy, 'CPU', 'more', 'less'],
  ['memory, MiB', 'memoryMiB', run.isWholeStart, 'memory', 'more', 'less'],
];

/** A question with the figures of the two and what the run says to it; null where they were not compared in it. */
type Asked = { readonly question: Question; readonly figures: string[]; readonly found: ComparisonResult | null };

/** Names of two deployments, the baseline first; `one` and `two` are what a sentence calls them. */
type Pair = Readonly<Record<'a' | 'b' | 'one' | 'two', string>>;

/** Blocks of at most 20 lines in a terminal of 80 columns: the sentence, the table, what would change it, notes. */
export function answerOf(results: Results): readonly Block[] {
  const told = gridAnswer(results);
  if (told !== null) return told;
  const a = results.baseline;
  const measured = run.measuredSubjects(results);
  const chosen = measured.filter((name) => !run.isReference(name));
  const others = chosen.filter((name) => name !== a);
  const b = others.find((name) => name === 'pair-rpc') ?? others[0];
  if (run.isReference(a) || b === undefined) return answerOfOne(results, chosen[0], chosen[0] ?? measured[0] ?? a);
  const isUsual = a === 'combined' && b === 'pair-rpc';
  const [one, two] = isUsual ? ['one Worker', 'two Workers'] : [shortName(a), shortName(b)];
  const pair = { a, b, one, two };
  const asked = askedOf(results, [a, b]);
  const [answer, text] = conclude(results, pair, asked);
  const main: Block[] = [{ kind: 'answer', text }, tableOf(pair, asked), ...changesOf(results, pair, answer)];
  const notes = notesOn(results, asked).map((text): Block => ({ kind: 'note', text }));
  while (notes.length > 0 && blocksText([...main, ...notes], NARROW).split('\n').length > MAX_LINES) notes.pop();
  return [...main, ...notes];
}

function askedOf(results: Results, subjects: readonly string[]): Asked[] {
  const [a, b] = subjects;
  const compared = results.comparisons.filter((one) => one.primary && one.a === a && one.b === b);
  return QUESTIONS.map((question) => {
    const [, metric, which] = question;
    const found = compared.find((one) => one.metric === metric) ?? null;
    const figureOf = (subject: string) => run.findMeasurement(results, { subject, metric, which })?.estimate ?? null;
    return { question, found, figures: subjects.map((subject) => amount(figureOf(subject))) };
  });
}

/** Nothing is compared with `chosen`; without one there are only references. */
function answerOfOne(results: Results, chosen: string | undefined, subject: string): Block[] {
  const alone = chosen === undefined ? 'no deployment was measured' : `${shortName(chosen)} was measured alone`;
  const rows = askedOf(results, [subject]).map(({ question, figures }) => [question[0], ...figures]);
  return [
    { kind: 'answer', text: `No answer: ${whyIncomplete(results) ?? alone}, so there is nothing to compare.` },
    { kind: 'table', head: ['question', shortName(subject)], rows, words: 1 },
  ];
}

function whyIncomplete({ incomplete }: Results): string | null {
  return incomplete === null ? null : `the run is incomplete (${cut(incomplete)})`;
}

/** The answer, null where neither is named, and its sentence. */
function conclude(results: Results, { a, b, one, two }: Pair, asked: readonly Asked[]): [Answer | null, string] {
  const having = (verdict: ComparisonResult['verdict']) => asked.filter(({ found }) => found?.verdict === verdict);
  const [worse, better] = [having('slower'), having('faster')];
  const settled = worse.length + better.length + having('equivalent').length;
  const sure = `${settled} of ${asked.length} questions ${settled === 1 ? 'is' : 'are'} settled.`;
  const isSplit = a === 'combined' && isPair(b);
  const lighter = isSplit ? `; ${one} is less to deploy` : '';
  const cause = whyIncomplete(results);
  if (cause !== null) return [null, `No answer: ${cause}.`];
  if (settled === 0 && having('inconclusive').length === 0)
    return [null, `No answer: no figure of ${two} against ${one} can be used.`];
  if (worse.length > 0 && better.length > 0)
    return [null, `It depends: ${two} ${claims(worse, two, 1)}, but ${claims(better, two, 1)}${lighter}; ${sure}`];
  const second = two === 'two Workers' ? 'two' : two;
  if (worse.length > 0) return ['one', `Deploy ${one}: ${second} ${claims(worse, two, 2)}; ${sure}`];
  if (better.length > 0) return ['two', `Deploy ${two}: ${second} ${claims(better, two, 2)}; ${sure}`];
  if (settled < asked.length) return [null, `The data do not say which: no difference was shown${lighter}; ${sure}`];
  if (isSplit) return ['one', `Deploy ${one}: ${two} measured the same, and ${one} is less to deploy; ${sure}`];
  return [null, `Deploy either: ${one} and ${two} measured the same; ${sure}`];
}

/** What `two` does otherwise, in the first `most` of the questions: "take 0.5 ms more a request (...) and 80% more CPU". */
function claims(asked: readonly Asked[], two: string, most: number): string {
  const s = two === 'two Workers' ? '' : 's';
  const served = asked.filter(({ question: [, metric] }) => metric === 'rps');
  const taken = asked.filter((one) => !served.includes(one));
  const told = [...taken.map(amountOf), ...served.map((one) => `serve${s} ${amountOf(one)}`)].slice(0, most);
  return `${taken.length > 0 ? `take${s} ` : ''}${listed(told)}`;
}

/** Time in milliseconds where their interval, too, leaves out 0; the ratio elsewhere. */
function amountOf({ question: [, metric, , what], found }: Asked): string {
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
function tableOf({ a, b, two }: Pair, asked: readonly Asked[]): Table {
  const rows = asked.map((one) => [one.question[0], ...one.figures, ...differenceOf(one), wordOf(one)]);
  const names = two === 'two Workers' ? ['one', 'two'] : [a, b];
  const head = ['question', ...names, 'difference', '95% interval', 'in words'];
  const widths = [0, 3, 4, 5].map((i) => Math.max(...[head, ...rows].map((row) => row[i]?.length ?? 0)));
  const room = NARROW - widths.reduce((sum, width) => sum + width) - 2 * (head.length - 1);
  head.splice(1, 2, ...names.map((name) => shortName(name, Math.floor(room / 2))));
  return { kind: 'table', head, rows, words: 1 };
}

function differenceOf({ found }: Asked): [string, string] {
  if (found?.ratio == null || found.verdict === 'invalid') return ['-', '-'];
  const { estimate, ci95 } = found.ratio;
  return [`${estimate < 1 || estimate >= 10 ? '' : '+'}${change(estimate)}`, changes(ci95)];
}

function wordOf({ question: [, , , , more, less], found }: Asked): string {
  if (found === null || found.reason?.endsWith('not measured') === true) return 'not measured';
  const { verdict, ratio, adjustedPValue, minimumDetectableRatio: least, clientLimited } = found;
  if (verdict === 'invalid') return verdict;
  if (verdict === 'equivalent') return 'the same';
  // One question alone would be settled: several are asked.
  const isApart = ratio !== null && (ratio.ci95[0] > 1 || ratio.ci95[1] < 1);
  if (verdict === 'inconclusive' && isApart && adjustedPValue !== null && adjustedPValue >= ALPHA)
    return `open: corrected p ${adjustedPValue.toFixed(2)}`;
  if (verdict === 'inconclusive') return least === null ? 'open' : `open: sees ${change(least)} or more`;
  return `${(ratio?.estimate ?? 1) > 1 ? more : less}${clientLimited ? ' *' : ''}`;
}

/** What the advice for the default situation says where that is not `answer`, and an item for each other answer. */
function changesOf(results: Results, { a, b }: Pair, answer: Answer | null): Block[] {
  const facts = adviceFacts(results);
  if (a !== 'combined' || b !== facts.pair || facts.unusable !== null) return [];
  const { ratePerS, sloMs } = DEFAULT_SITUATION;
  const { answer: advised, ground } = decide(facts, DEFAULT_SITUATION);
  const present = `At ${ratePerS} requests/s, with p99 within ${sloMs} ms: ${ANSWERS[advised][0]} (what decides: ${ground})`;
  // One connection never queues: it shows neither that an objective is kept nor what a heavier model would do to it.
  const isShown = ({ field }: Flip) => facts.p99?.isOpenLoop || (field.name !== 'sloMs' && field.name !== 'modelMs');
  const flips = flipsOf(facts, DEFAULT_SITUATION).filter((flip) => flip.answer !== answer && isShown(flip));
  const objective = facts.p99?.isOpenLoop ? `p99 within ${sloMs} ms` : 'p99 under load not shown';
  const changed = Object.entries(ANSWERS).flatMap(([other, [name]]) => {
    const told = flips.filter((flip) => flip.answer === other).map(flipText);
    const fitting = told.filter((_, i) => told.slice(0, i + 1).join('; ').length <= TEXT_COLUMNS);
    if (told.length === 0) return [];
    return `${name.replace(/^./, (first) => first.toUpperCase())} instead: ${fitting.join('; ')}`;
  });
  const items = advised === (answer ?? 'open') ? changed : [present, ...changed];
  if (items.length === 0) return [];
  const text = `For ${ratePerS} requests/s of one team, ${objective}.`;
  return [
    { kind: 'text', text },
    { kind: 'list', items },
  ];
}

/** What a reader must know, the most important first. */
function notesOn(results: Results, asked: readonly Asked[]): string[] {
  const noise = results.noise ?? 1;
  const reasons = new Set(asked.flatMap(({ found }) => (found?.verdict === 'invalid' ? (found.reason ?? []) : [])));
  const invalid = reasons.size > 0 && `Invalid: ${cut([...reasons].join('; '))}.`;
  const noisy = noise >= NOISY && `Noisy machine: intervals are ${noise.toFixed(1)} times what a quiet one gives.`;
  const isLimited = asked.some(({ found }) => found?.clientLimited && /faster|slower/.test(found.verdict));
  const limited = isLimited && '* The client used more CPU than the server, so the percentage is understated.';
  const clients = [
    [run.clientOf(results, 'single-stream'), 'Latency: median, 1 connection'] as const,
    [run.clientOf(results, 'sweep'), 'requests/s, CPU: 8'] as const,
  ].flatMap(([client, what]) => (client === 'unknown' ? [] : `${what}, client ${client}`));
  const memory = `memory: ${results.subjects.some(({ name }) => name === EMPTY) ? 'above an empty Worker' : 'absolute'}`;
  const measured = clients.length > 0 && `${[...clients, memory].join('; ')}.`;
  return [invalid, noisy, limited, measured].filter((note) => note !== false);
}

function cut(text: string): string {
  return text.length > TEXT_COLUMNS ? `${text.slice(0, TEXT_COLUMNS - 1)}~` : text;
}

/** A name of at most so many columns: its beginning and its end, which tell addresses apart. */
function shortName(name: string, columns = NAME_COLUMNS): string {
  if (name.length <= columns) return name;
  const half = Math.floor((columns - 1) / 2);
  return `${name.slice(0, columns - 1 - half)}~${name.slice(name.length - half)}`;
}
