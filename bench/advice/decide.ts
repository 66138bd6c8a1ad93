/**
 * The rule: which deployment, what decided, and what would flip that. First what must hold (memory, the objective), then
 * who releases and who shares, then the time that requests wait. Costs are no part of it: `Costs.mostExtraShare` says why.
 */
import type { Estimate } from '../stats/compare.ts';
import type { AdviceFacts, OneAndTwo } from './facts.ts';
import { measuredModelMs, type Outlook, outlookOf } from './outlook.ts';
import { FIELDS, type Field, type FieldName, isCount, minOf, type Situation, withField } from './situation.ts';

/** One Worker, two Workers, none of both, or what the figures do not say. */
export type Answer = 'one' | 'two' | 'neither' | 'open';

/** What decided. */
export type Ground = 'unusable' | 'memory' | 'objective' | 'teams' | 'sharing' | 'waiting';

export interface Decision {
  readonly answer: Answer;
  readonly ground: Ground;
}

/** Memory of an isolate in MB: https://developers.cloudflare.com/workers/platform/limits/. */
export const MAX_ISOLATE_MB = 128;

/** From so many on, the second Worker is worth its hop whatever that is. */
const SPLIT_TEAMS = 2;
const SPLIT_GATEWAYS = 2;

/** Whether an interval is within a limit: not, where all of it is above; unclear, where a part of it is. */
export type Fit = 'yes' | 'no' | 'unclear' | 'unknown';

export function decide(facts: AdviceFacts, situation: Situation): Decision {
  if (facts.unusable !== null) return { answer: 'open', ground: 'unusable' };
  const outlook = outlookOf(facts, situation);
  const { memoryMb } = outlook;
  const objective = objectiveFit(outlook, situation);
  const excluding = (which: 'one' | 'two'): Ground | null =>
    (memoryMb[which] ?? 0) > MAX_ISOLATE_MB ? 'memory' : objective[which] === 'no' ? 'objective' : null;
  const [noOne, noTwo] = [excluding('one'), excluding('two')];
  if (noOne !== null && noTwo !== null) return { answer: 'neither', ground: noTwo };
  const chosen: Decision =
    noTwo !== null
      ? { answer: 'one', ground: noTwo }
      : noOne !== null
        ? { answer: 'two', ground: noOne }
        : prefer(outlook, situation);
  const isUnclear = (chosen.answer === 'one' || chosen.answer === 'two') && objective[chosen.answer] === 'unclear';
  return isUnclear ? { answer: 'open', ground: 'objective' } : chosen;
}

/** Where both would do. */
function prefer(outlook: Outlook, { teams, gateways }: Situation): Decision {
  if (teams >= SPLIT_TEAMS) return { answer: 'two', ground: 'teams' };
  if (gateways >= SPLIT_GATEWAYS) return { answer: 'two', ground: 'sharing' };
  return { answer: byWaiting(outlook), ground: 'waiting' };
}

/**
 * The one with which the requests of a week wait less in all, when that holds over the whole of both intervals. Where
 * releases save nothing, it is one Worker whatever the hop: it is less to deploy.
 */
function byWaiting({ waits: { hopMs, idleMs, savedMs } }: Outlook): Answer {
  if (savedMs[1] === 0) return 'one';
  if (hopMs === null) return 'open';
  if (hopMs[0] + idleMs[0] > savedMs[1]) return 'one';
  return hopMs[1] + idleMs[1] < savedMs[0] ? 'two' : 'open';
}

export function objectiveFit({ p99Ms }: Outlook, { sloMs }: Situation): OneAndTwo<Fit> {
  if (p99Ms === null || sloMs === null) return { one: 'unknown', two: 'unknown' };
  const check = ({ ci95: [low, high] }: Estimate): Fit => (high <= sloMs ? 'yes' : low > sloMs ? 'no' : 'unclear');
  return { one: check(p99Ms.one), two: check(p99Ms.two) };
}

/** The nearest value below or above at which the rule answers something else. */
export interface Flip {
  /** The field to change, or the hop, which is the run's and not the user's. */
  readonly what: FieldName | 'hopMs';
  readonly direction: 'down' | 'up';
  /** In the field's unit; rounded away from the present one. */
  readonly value: number;
  readonly answer: Answer;
}

/** Something that can be set to any value of a range. */
interface Dial {
  readonly what: Flip['what'];
  readonly now: number;
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
  answerAt(value: number): Answer;
}

/** Values tried on the way to either end of a range, evenly in the logarithm. */
const STEPS = 400;
const BISECTIONS = 60;
const MAX_HOP_MS = 1000;

/** In the order of the fields; the hop last. Found with the rule itself, so that what is told and what is done agree. */
export function flipsOf(facts: AdviceFacts, situation: Situation): Flip[] {
  if (facts.unusable !== null) return [];
  const dials = [...FIELDS.flatMap((field) => fieldDial(field, facts, situation)), ...hopDial(facts, situation)];
  return dials.flatMap((dial) => [...flip(dial, 'down'), ...flip(dial, 'up')]);
}

/** None for a field that the rule does not read, or that is not set and has no figure of the run to stand for it. */
function fieldDial(field: Field, facts: AdviceFacts, situation: Situation): Dial[] {
  const { name, max } = field;
  const measured = { modelMs: measuredModelMs(facts), modelMb: facts.memoryMb.predictor ?? null };
  const now = situation[name] ?? (name === 'modelMs' || name === 'modelMb' ? measured[name] : null);
  if (now === null || name === 'peakPerS') return [];
  const answerAt = (value: number) => decide(facts, withField(situation, name, value)).answer;
  return [{ what: name, now, min: minOf(field), max, whole: isCount(field), answerAt }];
}

function hopDial(facts: AdviceFacts, situation: Situation): Dial[] {
  if (facts.hopMs === null || facts.hopMs.estimate <= 0) return [];
  const answerAt = (value: number) => decide(withHop(facts, value), situation).answer;
  return [{ what: 'hopMs', now: facts.hopMs.estimate, min: 0, max: MAX_HOP_MS, whole: false, answerAt }];
}

/** The hop at another size, as it may be on another machine: its interval grows and shrinks with it. */
export function withHop(facts: AdviceFacts, hopMs: number): AdviceFacts {
  if (facts.hopMs === null || facts.hopMs.estimate <= 0) return facts;
  const factor = hopMs / facts.hopMs.estimate;
  const [low, high] = facts.hopMs.ci95;
  return { ...facts, hopMs: { estimate: hopMs, ci95: [low * factor, high * factor] } };
}

/** The nearest change, and the next one where the first leads to no answer. */
function flip(dial: Dial, direction: Flip['direction']): Flip[] {
  const flips: Flip[] = [];
  const first = dial.answerAt(dial.now);
  let [same, present] = [dial.now, first];
  for (const value of stepsOf(dial, direction)) {
    while (dial.answerAt(value) !== present) {
      same = firstOther(dial, same, value);
      present = dial.answerAt(same);
      const edge = rounded(dial, same, direction);
      const answer = dial.answerAt(edge);
      if (answer !== first && flips.at(-1)?.value !== edge)
        flips.push({ what: dial.what, direction, value: edge, answer });
      if (present !== 'open') return flips;
    }
    same = value;
  }
  return flips;
}

/** From the present value to an end of the range; what is as good as 0 is a billionth. */
function stepsOf({ now, min, max }: Dial, direction: Flip['direction']): number[] {
  const [from, to] = direction === 'up' ? [now > 0 ? now : max / 1e9, max] : [now, Math.max(min, now / 1e9)];
  if (direction === 'up' ? from >= max : now <= min) return [];
  const steps = Array.from({ length: STEPS }, (_, i) => Math.min(max, from * (to / from) ** ((i + 1) / STEPS)));
  return direction === 'up' ? steps : [...steps, min];
}

/** The value between the two where the answer stops being that at the first, by bisection, on the far side. */
function firstOther(dial: Dial, same: number, other: number): number {
  const present = dial.answerAt(same);
  let [near, far] = [same, other];
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (near + far) / 2;
    if (dial.answerAt(middle) === present) near = middle;
    else far = middle;
  }
  return far;
}

/** Rounded away from the present value to as few digits as leave the answer what it is at the edge. */
function rounded(dial: Dial, edge: number, direction: Flip['direction']): number {
  const away = direction === 'up' ? Math.ceil : Math.floor;
  if (dial.whole) return away(edge);
  const answer = dial.answerAt(edge);
  for (let digits = 3; digits < 12 && edge > 0; digits++) {
    const unit = 10 ** (Math.floor(Math.log10(edge)) + 1 - digits);
    const value = Number((away(edge / unit) * unit).toPrecision(digits));
    if (value >= dial.min && value <= dial.max && dial.answerAt(value) === answer) return value;
  }
  return edge;
}
