/**
 * The answer of a run: which of two deployments to choose, how sure that is, four figures, and what would change it, in
 * words that fit the last lines of a terminal and the first screen of a report. It claims what the verdicts claim.
 */
import type { ComparisonResult, Results } from '../analysis/results.ts';
import type { Block } from '../report/document.ts';
import { clientOf, isReference, measuredSubjects } from '../report/lookup.ts';
import { blocksText, NARROW } from '../report/terminal.ts';
import { ANSWERS } from './blocks.ts';
import { type Answer, decide, type Flip, flipsOf, type Ground } from './decide.ts';
import { adviceFacts } from './facts.ts';
import { type Asked, askedOf, claims, cut, type Pair, tableOf, tableOfOne } from './questions.ts';
import { exact } from './reasons.ts';
import { DEFAULT_SITUATION } from './situation.ts';

/** Lines of 80 columns that the answer takes at most. */
const MAX_LINES = 20;

/** Columns of what others chose the length of, and of an item of the list: two lines. */
const NAME_COLUMNS = 23;
const REASON_COLUMNS = 120;
const ITEM_COLUMNS = 140;

/** From this factor on a machine is called noisy. */
const NOISY = 1.5;

/** Two deployments, what a sentence calls them, and whether the second is the first in two Workers: more to deploy. */
interface Deployments extends Pair {
  readonly names: readonly [string, string];
  readonly isSplit: boolean;
}

/** Blocks of at most 20 lines in a terminal of 80 columns: the sentence, the table, what would change it, notes. */
export function answerOf(results: Results): readonly Block[] {
  const pair = pairOf(results);
  if (pair === null) return withoutPair(results);
  const asked = askedOf(results, pair);
  const { text, answer } = conclude(results, pair, asked);
  const main: Block[] = [{ kind: 'answer', text }, tableOf(results, pair, asked), ...changesOf(results, pair, answer)];
  const shown = notesOf(results, asked).map((note): Block => ({ kind: 'note', text: note }));
  while (shown.length > 0 && lineCount([...main, ...shown]) > MAX_LINES) shown.pop();
  return [...main, ...shown];
}

function lineCount(blocks: readonly Block[]): number {
  return blocksText(blocks, NARROW).split('\n').length;
}

/** The baseline, and `pair-rpc` or the first other deployment that was measured. */
function pairOf(results: Results): Deployments | null {
  const a = results.baseline;
  const others = measuredSubjects(results).filter((name) => name !== a && !isReference(name));
  const b = others.find((name) => name === 'pair-rpc') ?? others[0];
  if (isReference(a) || b === undefined) return null;
  const isUsual = a === 'combined' && b === 'pair-rpc';
  const own = [cut(a, NAME_COLUMNS), cut(b, NAME_COLUMNS)] as const;
  return {
    a,
    b,
    heads: isUsual ? ['one', 'two'] : own,
    names: isUsual ? ['one Worker', 'two Workers'] : own,
    isSplit: a === 'combined' && b.startsWith('pair-'),
  };
}

function withoutPair(results: Results): Block[] {
  const measured = measuredSubjects(results);
  const [subject = measured[0]] = measured.filter((name) => !isReference(name));
  if (subject === undefined)
    return [{ kind: 'answer', text: 'No answer: neither latency, throughput, CPU nor memory was measured.' }];
  const name = cut(subject, NAME_COLUMNS);
  const why = isReference(subject) ? 'no deployment was measured' : `${name} was measured alone`;
  return [
    { kind: 'answer', text: `No answer: ${why}, so there is nothing to compare.` },
    tableOfOne(results, subject, name),
  ];
}

interface Conclusion {
  readonly text: string;
  /** Null where neither is named. */
  readonly answer: Answer | null;
}

function conclude({ incomplete }: Results, pair: Deployments, asked: readonly Asked[]): Conclusion {
  const { names, heads, isSplit } = pair;
  const [one, two] = names;
  const having = (verdict: ComparisonResult['verdict']) => asked.filter(({ found }) => found?.verdict === verdict);
  const [worse, better, same] = [having('slower'), having('faster'), having('equivalent')];
  const settled = worse.length + better.length + same.length;
  const sure = `${settled} of ${asked.length} questions ${settled === 1 ? 'is' : 'are'} settled.`;
  const lighter = isSplit ? `; ${one} is less to deploy` : '';
  const say = (answer: Answer | null, text: string): Conclusion => ({ text, answer });
  if (incomplete !== null) return say(null, `No answer: the run is incomplete (${cut(incomplete, REASON_COLUMNS)}).`);
  if (settled === 0 && having('inconclusive').length === 0)
    return say(null, `No answer: no figure of ${two} against ${one} can be used.`);
  if (worse.length > 0 && better.length > 0) {
    const [costs, gains] = [claims(worse, pair, 1), claims(better, pair, 1)];
    return say(null, `It depends: ${two} ${costs}, but ${gains}${lighter}; ${sure}`);
  }
  if (worse.length > 0) return say('one', `Deploy ${one}: ${heads[1]} ${claims(worse, pair, 2)}; ${sure}`);
  if (better.length > 0) return say('two', `Deploy ${two}: ${heads[1]} ${claims(better, pair, 2)}; ${sure}`);
  if (settled < asked.length) return say(null, `The data do not say which: no difference was shown${lighter}; ${sure}`);
  if (isSplit) return say('one', `Deploy ${one}: ${two} measured the same, and ${one} is less to deploy; ${sure}`);
  return say(null, `Deploy either: ${one} and ${two} measured the same; ${sure}`);
}

/** What a flip is called in few words, with the value in place of `{}`. */
const CHANGES: Readonly<Record<Flip['what'], string>> = {
  ratePerS: '{} requests/s',
  peakPerS: '{} requests/s at the peak',
  modelMs: '{} ms of model',
  sloMs: '{} ms allowed at p99',
  cheapShare: '{}% of requests without a model',
  edgeReleases: '{} edge releases a week',
  modelReleases: '{} model releases a week',
  idleStarts: '{} idle starts a week',
  isolates: '{} isolates',
  teams: '{} teams that release on their own',
  gateways: '{} Workers with this model',
  modelMb: '{} MB of memory',
  hopMs: '{} ms of hop',
};

const OTHERWISE: Readonly<Record<Answer, string>> = {
  two: 'Two Workers instead',
  one: 'One Worker instead',
  neither: 'Neither',
  open: 'Not certain',
};

/** What decides in the default situation. */
const BY: Partial<Record<Ground, string>> = { memory: 'memory', objective: 'p99', waiting: 'how long requests wait' };

/** From the advice for the default situation: an item for each other answer, and one where it is not `answer` itself. */
function changesOf(results: Results, { a, b }: Pair, answer: Answer | null): Block[] {
  const facts = adviceFacts(results);
  if (a !== 'combined' || b !== facts.pair || facts.unusable !== null) return [];
  const decision = decide(facts, DEFAULT_SITUATION);
  const flips = flipsOf(facts, DEFAULT_SITUATION).filter((flip) => flip.answer !== answer);
  const changes = (['two', 'one', 'neither', 'open'] as const).flatMap((other) => {
    const told = flips.filter((flip) => flip.answer === other).map(changeText);
    return told.length === 0 ? [] : itemOf(`${OTHERWISE[other]}: `, told);
  });
  const { ratePerS, sloMs } = DEFAULT_SITUATION;
  const present = `At ${ratePerS} requests/s, with p99 within ${sloMs} ms: ${ANSWERS[decision.answer]} (${BY[decision.ground]})`;
  const items = decision.answer === (answer ?? 'open') ? changes : [present, ...changes];
  return items.length === 0 ? [] : [{ kind: 'list', items }];
}

function changeText({ what, direction, value }: Flip): string {
  return `${direction === 'up' ? 'from' : 'up to'} ${CHANGES[what].replace('{}', exact(value))}`;
}

/** As many of the texts as there is room for. */
function itemOf(lead: string, texts: readonly string[]): string {
  let item = `${lead}${texts[0]}`;
  for (const text of texts.slice(1)) if (item.length + text.length + 2 <= ITEM_COLUMNS) item += `; ${text}`;
  return item;
}

/** What a reader must know, the most important first. */
function notesOf(results: Results, asked: readonly Asked[]): string[] {
  // The reference files are without it.
  const noise = results.noise ?? 1;
  const reasons = new Set(asked.flatMap(({ found }) => (found?.verdict === 'invalid' ? (found.reason ?? []) : [])));
  const invalid = reasons.size === 0 ? [] : `Invalid: ${cut([...reasons].join('; '), REASON_COLUMNS)}.`;
  const noisy =
    noise < NOISY
      ? []
      : `Noisy machine: intervals are ${exact(Number(noise.toPrecision(2)))} times what a quiet one gives.`;
  const limited = asked.some(({ found }) => found?.clientLimited && /faster|slower/.test(found.verdict))
    ? '* The client used more CPU than the server, so the difference is understated.'
    : [];
  return [invalid, noisy, limited, clientNote(results)].flat();
}

function clientNote(results: Results): string {
  const [latency, busy] = [clientOf(results, 'single-stream'), clientOf(results, 'sweep')];
  if (latency === busy || latency === 'unknown' || busy === 'unknown')
    return `Latency: median, 1 connection; requests/s and CPU: 8; client ${latency === 'unknown' ? busy : latency}.`;
  return (
    `Latency: median, 1 connection, client ${latency}; requests/s and CPU: 8, client ${busy}, as ${latency} uses up a core ` +
    'before the Worker does.'
  );
}
