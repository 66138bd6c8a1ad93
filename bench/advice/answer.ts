/**
 * The answer of a run: which of two deployments to choose, how sure that is, four figures, and what would change it, in
 * words that fit the last lines of a terminal and the first screen of a report. It claims what the verdicts claim.
 */
import type { ComparisonResult, Results } from '../analysis/results.ts';
import type { Block } from '../report/document.ts';
import { clientOf, isReference, measuredSubjects } from '../report/lookup.ts';
import { blocksText, NARROW } from '../report/terminal.ts';
import { ANSWERS, flipText } from './advice.ts';
import { type Answer, decide, exact, flipsOf, type Ground } from './decide.ts';
import { adviceFacts } from './facts.ts';
import { type Asked, askedOf, claims, cut, type Pair, shortName, tableOf, tableOfOne } from './questions.ts';
import { DEFAULT_SITUATION } from './situation.ts';

/** Lines of 80 columns that the answer takes at most. */
const MAX_LINES = 20;

/** Columns of what others chose the length of, and of an item of the list: two lines. */
const NAME_COLUMNS = 23;
const REASON_COLUMNS = 120;
const ITEM_COLUMNS = 140;

/** From this factor on a machine is called noisy. */
const NOISY = 1.5;

/** Blocks of at most 20 lines in a terminal of 80 columns: the sentence, the table, what would change it, notes. */
export function answerOf(results: Results): readonly Block[] {
  const pair = pairOf(results);
  if (pair === null) return withoutPair(results);
  const asked = askedOf(results, pair);
  const [answer, text] = conclude(results, pair, asked);
  const main: Block[] = [{ kind: 'answer', text }, tableOf(results, pair, asked), ...changesOf(results, pair, answer)];
  const shown = notesOf(results, asked).map((note): Block => ({ kind: 'note', text: note }));
  while (shown.length > 0 && lineCount([...main, ...shown]) > MAX_LINES) shown.pop();
  return [...main, ...shown];
}

function lineCount(blocks: readonly Block[]): number {
  return blocksText(blocks, NARROW).split('\n').length;
}

/** The baseline, and `pair-rpc` or the first other deployment that was measured. */
function pairOf(results: Results): Pair | null {
  const a = results.baseline;
  const others = measuredSubjects(results).filter((name) => name !== a && !isReference(name));
  const b = others.find((name) => name === 'pair-rpc') ?? others[0];
  if (isReference(a) || b === undefined) return null;
  const isUsual = a === 'combined' && b === 'pair-rpc';
  return {
    a,
    b,
    heads: isUsual ? ['one', 'two'] : [a, b],
    names: isUsual ? ['one Worker', 'two Workers'] : [shortName(a, NAME_COLUMNS), shortName(b, NAME_COLUMNS)],
    isSplit: a === 'combined' && b.startsWith('pair-'),
  };
}

function withoutPair(results: Results): Block[] {
  const measured = measuredSubjects(results);
  const [subject = measured[0]] = measured.filter((name) => !isReference(name));
  if (subject === undefined)
    return [{ kind: 'answer', text: 'No answer: neither latency, throughput, CPU nor memory was measured.' }];
  const name = shortName(subject, NAME_COLUMNS);
  const alone = isReference(subject) ? 'no deployment was measured' : `${name} was measured alone`;
  const why =
    results.incomplete === null ? alone : `the run is incomplete (${cut(results.incomplete, REASON_COLUMNS)})`;
  return [
    { kind: 'answer', text: `No answer: ${why}, so there is nothing to compare.` },
    tableOfOne(results, subject, name),
  ];
}

/** The answer, null where neither is named, and its sentence. */
function conclude({ incomplete }: Results, pair: Pair, asked: readonly Asked[]): [Answer | null, string] {
  const { names, isSplit } = pair;
  const [one, two] = names;
  const second = two === 'two Workers' ? 'two' : two;
  const having = (verdict: ComparisonResult['verdict']) => asked.filter(({ found }) => found?.verdict === verdict);
  const [worse, better, same] = [having('slower'), having('faster'), having('equivalent')];
  const settled = worse.length + better.length + same.length;
  const sure = `${settled} of ${asked.length} questions ${settled === 1 ? 'is' : 'are'} settled.`;
  const lighter = isSplit ? `; ${one} is less to deploy` : '';
  if (incomplete !== null) return [null, `No answer: the run is incomplete (${cut(incomplete, REASON_COLUMNS)}).`];
  if (settled === 0 && having('inconclusive').length === 0)
    return [null, `No answer: no figure of ${two} against ${one} can be used.`];
  if (worse.length > 0 && better.length > 0) {
    const [costs, gains] = [claims(worse, pair, 1), claims(better, pair, 1)];
    return [null, `It depends: ${two} ${costs}, but ${gains}${lighter}; ${sure}`];
  }
  if (worse.length > 0) return ['one', `Deploy ${one}: ${second} ${claims(worse, pair, 2)}; ${sure}`];
  if (better.length > 0) return ['two', `Deploy ${two}: ${second} ${claims(better, pair, 2)}; ${sure}`];
  if (settled < asked.length) return [null, `The data do not say which: no difference was shown${lighter}; ${sure}`];
  if (isSplit) return ['one', `Deploy ${one}: ${two} measured the same, and ${one} is less to deploy; ${sure}`];
  return [null, `Deploy either: ${one} and ${two} measured the same; ${sure}`];
}

/** What the advice for the default situation says where that is not `answer`, and an item for each other answer. */
function changesOf(results: Results, { a, b }: Pair, answer: Answer | null): Block[] {
  const facts = adviceFacts(results);
  if (a !== 'combined' || b !== facts.pair || facts.unusable !== null) return [];
  const decision = decide(facts, DEFAULT_SITUATION);
  const flips = flipsOf(facts, DEFAULT_SITUATION).filter((flip) => flip.answer !== answer);
  const { ratePerS, sloMs } = DEFAULT_SITUATION;
  const [objective, less] = [`p99 stays within ${sloMs} ms`, 'makes requests wait less'];
  const unknown = decision.ground === 'objective' ? `Whether ${objective}` : `Which one ${less}`;
  const present =
    decision.answer === 'open'
      ? `${unknown} at ${ratePerS} requests/s, this run cannot tell.`
      : `At ${ratePerS} requests/s, with p99 within ${sloMs} ms: ${ANSWERS[decision.answer]} (${DECIDING[decision.ground]})`;
  const changes = Object.entries(OTHERWISE).flatMap(([other, lead]) => {
    const told = flips.filter((flip) => flip.answer === other).map(flipText);
    return told.length === 0 ? [] : itemOf(`${lead}: `, told);
  });
  const items = decision.answer === (answer ?? 'open') ? changes : [present, ...changes];
  return items.length === 0 ? [] : [{ kind: 'list', items }];
}

const OTHERWISE: Partial<Record<Answer, string>> = {
  two: 'Two Workers instead',
  one: 'One Worker instead',
  neither: 'Neither',
  open: 'Not certain',
};

/** What can decide in the default situation. */
const DECIDING: Partial<Record<Ground, string>> = {
  memory: 'memory',
  objective: 'p99',
  waiting: 'how long requests wait',
};

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
