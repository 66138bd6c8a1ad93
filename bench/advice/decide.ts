/**
 * The rule: which deployment, what decided, and what would flip that. First what must hold (memory, the objective), then
 * who releases and who shares, then the time that requests wait. Costs are no part of it: `costsOf` says why.
 */
import { amount, interval } from '../report/format.ts';
import type { AdviceFacts } from './facts.ts';
import { type Outlook, outlookOf, type Range } from './outlook.ts';
import { FIELDS, type FieldName, isCount, minOf, type Situation, withField } from './situation.ts';

type Choice = 'one' | 'two';

/** One Worker, two Workers, none of both, or what the figures do not say. */
export type Answer = Choice | 'neither' | 'open';

/** What decided. */
export type Ground = 'unusable' | 'memory' | 'objective' | 'teams' | 'sharing' | 'waiting';

export interface Decision {
  readonly answer: Answer;
  readonly ground: Ground;
}

/** A sentence, and what it stands on. */
export interface Claim {
  readonly text: string;
  readonly sure: 'measured' | 'derived' | 'not supported by the data';
}

export const measured = (text: string): Claim => ({ text, sure: 'measured' });
export const derived = (text: string): Claim => ({ text, sure: 'derived' });
export const unsupported = (text: string): Claim => ({ text, sure: 'not supported by the data' });

interface Rule {
  /** Something that must hold; others count where both deployments are left. */
  readonly must?: true;
  allows(outlook: Outlook, which: Choice): boolean;
  /** The sentence where it decides. */
  why(outlook: Outlook, answer: Answer): Claim;
}

/** Memory of an isolate in MB: https://developers.cloudflare.com/workers/platform/limits/. */
export const MAX_ISOLATE_MB = 128;

/** In the order in which they count. From two teams or gateways on, the second Worker is worth its hop whatever that is. */
export const RULES: Readonly<Record<Ground, Rule>> = {
  unusable: {
    allows: () => true,
    why: ({ facts }) => unsupported(`The run is incomplete: ${facts.unusable}.`),
  },
  memory: {
    must: true,
    allows: ({ memoryMb }, which) => (memoryMb[which] ?? 0) <= MAX_ISOLATE_MB,
    why({ memoryMb }, answer) {
      const [one, two] = [amount(memoryMb.one), amount(memoryMb.two)];
      return derived(
        answer === 'neither'
          ? `The model's isolate takes ${two} MB, more than the ${MAX_ISOLATE_MB} MB of an isolate even by itself: the model ` +
              'has to run outside, behind the gateway with PREDICTOR_URL.'
          : `In one isolate all of it takes ${one} MB, more than ${MAX_ISOLATE_MB} MB; the predictor by itself takes ${two} MB.`,
      );
    },
  },
  objective: {
    must: true,
    allows: ({ fit }, which) => fit[which] !== 'no',
    why(outlook, answer) {
      const text = `Within ${exact(outlook.situation.sloMs ?? 0)} ms: ${p99Text(outlook)}`;
      return answer === 'open' ? unsupported(text) : derived(text);
    },
  },
  teams: {
    allows: ({ situation: { teams } }, which) => which === 'two' || teams < 2,
    why: ({ situation: { teams } }) =>
      derived(
        `${teams} teams release on their own: with one Worker every release of one is a release of the others' code too. ` +
          'Nothing measured forbids the second Worker; what it takes is below.',
      ),
  },
  sharing: {
    allows: ({ situation: { gateways } }, which) => which === 'two' || gateways < 2,
    why({ situation: { gateways }, memoryMb: { two } }) {
      const each = two === null ? '' : ` (${amount(two)} MB an isolate)`;
      return derived(
        `${gateways} Workers use this model: inside each it is held ${gateways} times${each} and released ${gateways} times, ` +
          'as a Worker of its own once.',
      );
    },
  },
  waiting: { allows: (outlook, which) => [null, which].includes(waitsLess(outlook)), why: waitingText },
};

const GROUNDS = ['memory', 'objective', 'teams', 'sharing', 'waiting'] as const satisfies readonly Ground[];

export function decide(facts: AdviceFacts, situation: Situation): Decision {
  if (facts.unusable !== null) return { answer: 'open', ground: 'unusable' };
  const outlook = outlookOf(facts, situation);
  let [left, ground]: [Choice[], Ground] = [['one', 'two'], 'waiting'];
  for (const next of GROUNDS) {
    const { must, allows } = RULES[next];
    const allowed = left.filter((which) => allows(outlook, which));
    if (allowed.length < left.length && (must || left.length > 1)) [left, ground] = [allowed, next];
  }
  const [first, second] = left;
  if (first === undefined) return { answer: 'neither', ground };
  if (second !== undefined) return { answer: 'open', ground };
  return outlook.fit[first] === 'unclear' ? { answer: 'open', ground: 'objective' } : { answer: first, ground };
}

/**
 * The one with which the requests of a week wait less in all, when that holds over the whole of both intervals. Where
 * releases save nothing, it is one Worker whatever the hop: it is less to deploy.
 */
function waitsLess({ waits: { hopMs, idleMs, savedMs } }: Outlook): Choice | null {
  if (savedMs[1] === 0) return 'one';
  if (hopMs === null) return null;
  if (hopMs[0] + idleMs[0] > savedMs[1]) return 'one';
  return hopMs[1] + idleMs[1] < savedMs[0] ? 'two' : null;
}

function waitingText({ waits, situation }: Outlook, answer: Answer): Claim {
  const { hops, hopMs, idleMs, savedMs } = waits;
  if (savedMs[1] === 0) return derived('No release saves a start-up, so nothing is gained for the hop.');
  if (hopMs === null) return unsupported('Which one waits less depends on the hop.');
  const text =
    `With two Workers ${amount(hops)} requests a week wait for the hop, ${span(hopMs)} in all, and starts of ` +
    `both for want of requests take ${span(idleMs)} more; as ${amount(situation.edgeReleases + situation.modelReleases)} ` +
    `releases into ${exact(situation.isolates)} isolates, and requests without a model, start one Worker alone, ` +
    `${span(savedMs)} are saved.`;
  if (answer === 'open') return unsupported(`${text} The intervals overlap.`);
  return derived(`${text} In all ${answer === 'one' ? 'one Worker waits' : 'two Workers wait'} less.`);
}

/** Milliseconds in the unit that people read. */
function span([low, high]: Range): string {
  const [unit, size] = high < 1000 ? ['ms', 1] : high < 3_600_000 ? ['s', 1000] : ['h', 3_600_000];
  const [from, to] = [amount(low / size), amount(high / size)];
  return from === to ? `${to} ${unit}` : `${from} to ${to} ${unit}`;
}

export function p99Text({ facts: { p99 }, p99Ms: { one, two } }: Outlook): string {
  const text = (of: typeof one) => `${amount(of?.estimate ?? null)} ms (95% interval ${interval(of?.ci95 ?? null)})`;
  return `at p99 one Worker takes ${text(one)}, two take ${text(two)}. Measured with ${p99?.where}.`;
}

/** A value as it was typed, or a threshold, which must not be rounded. */
export function exact(value: number): string {
  return Number.isInteger(value) && Math.abs(value) >= 1000 ? amount(value) : String(value);
}

/** The nearest value below or above at which the rule answers something else. */
export interface Flip {
  /** The field to change, or the hop, which is the run's and not the user's. */
  readonly what: FieldName | 'hopMs';
  readonly direction: 'down' | 'up';
  /** In the field's unit, to three digits. */
  readonly value: number;
  readonly answer: Answer;
}

/** All of three digits from a ten thousandth to a million, and 0. */
const GRID = [
  0,
  ...Array.from({ length: 9000 }, (_, i) => Number(`${100 + (i % 900)}e${Math.floor(i / 900) - 6}`)),
  1e6,
];

/** Values that are stepped over at a time, up to a fifth: they are tried one by one where the answer is another after it. */
const STRIDE = 20;

const MAX_HOP_MS = 1000;

/** In the order of the fields; the hop last. Found with the rule itself, so that what is told and what is done agree. */
export function flipsOf(facts: AdviceFacts, situation: Situation): Flip[] {
  if (facts.unusable !== null) return [];
  const known = { modelMs: facts.modelMs, modelMb: facts.memoryMb.predictor ?? null };
  const flips = FIELDS.flatMap((field) => {
    const { name, max } = field;
    // The rule does not read the highest rate.
    const now = situation[name] ?? (name === 'modelMs' || name === 'modelMb' ? known[name] : null);
    if (now === null || name === 'peakPerS') return [];
    const values = GRID.filter((one) => one >= minOf(field) && one <= max && (!isCount(field) || one % 1 === 0));
    return flipsFrom(name, now, values, (value) => decide(facts, withField(situation, name, value)).answer);
  });
  if (facts.hopMs === null || facts.hopMs.estimate <= 0) return flips;
  const answerAt = (value: number) => decide(withHop(facts, value), situation).answer;
  const values = GRID.filter((value) => value <= MAX_HOP_MS);
  return [...flips, ...flipsFrom('hopMs', facts.hopMs.estimate, values, answerAt)];
}

/** The hop at another size, as it may be on another machine: its interval grows and shrinks with it. */
export function withHop(facts: AdviceFacts, hopMs: number): AdviceFacts {
  if (facts.hopMs === null || facts.hopMs.estimate <= 0) return facts;
  const factor = hopMs / facts.hopMs.estimate;
  const [low, high] = facts.hopMs.ci95;
  return { ...facts, hopMs: { estimate: hopMs, ci95: [low * factor, high * factor] } };
}

type AnswerAt = (value: number) => Answer;

/** Of rising values, downwards and upwards: the nearest change, and the next one where the first leads to no answer. */
function flipsFrom(what: Flip['what'], now: number, values: readonly number[], answerAt: AnswerAt): Flip[] {
  const [below, above] = [values.filter((one) => one < now).reverse(), values.filter((one) => one > now)];
  const told = (ahead: readonly number[], direction: Flip['direction']) =>
    changesOn([now, ...ahead], answerAt).map((change) => ({ what, direction, ...change }));
  return [...told(below, 'down'), ...told(above, 'up')];
}

function changesOn([now = 0, ...ahead]: readonly number[], answerAt: AnswerAt): Pick<Flip, 'value' | 'answer'>[] {
  const first = answerAt(now);
  const changes: Pick<Flip, 'value' | 'answer'>[] = [];
  let present = first;
  for (let start = 0; start < ahead.length; start += STRIDE) {
    const next = ahead.slice(start, start + STRIDE);
    if (answerAt(next.at(-1) ?? now) === present) continue;
    for (const value of next) {
      const answer = answerAt(value);
      if (answer === present) continue;
      present = answer;
      if (answer !== first) changes.push({ value, answer });
      if (answer !== 'open') return changes;
    }
  }
  return changes;
}
