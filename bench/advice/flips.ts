/**
 * What would flip the answer: for each field, and for the hop itself, the nearest value below and above at which the rule
 * answers something else. Found with the rule itself, so that what is told and what is done cannot differ.
 */
import { type Answer, decide } from './decide.ts';
import type { AdviceFacts } from './facts.ts';
import { measuredModelMs } from './outlook.ts';
import { FIELDS, type Field, type FieldName, type Situation, withField } from './situation.ts';

export interface Flip {
  /** The field to change, or the hop, which is the run's and not the user's. */
  readonly what: FieldName | 'hopMs';
  readonly direction: 'down' | 'up';
  /** At this value the answer is another, in the field's unit; rounded away from the present one. */
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

/** Fields that the rule does not read. */
const IGNORED: ReadonlySet<FieldName> = new Set(['peakPerS']);

/** In the order of the fields; the hop last. */
export function flipsOf(facts: AdviceFacts, situation: Situation): Flip[] {
  if (facts.unusable !== null) return [];
  const dials = FIELDS.filter(({ name }) => !IGNORED.has(name)).flatMap((field) => fieldDial(field, facts, situation));
  return [...dials, ...hopDial(facts, situation)].flatMap((dial) => [...flip(dial, 'down'), ...flip(dial, 'up')]);
}

/** None for a field that is not set and has no figure of the run to stand for it. */
function fieldDial({ name, min, max, whole }: Field, facts: AdviceFacts, situation: Situation): Dial[] {
  const now = situation[name] ?? measured(name, facts);
  if (now === null) return [];
  return [
    { what: name, now, min, max, whole, answerAt: (value) => decide(facts, withField(situation, name, value)).answer },
  ];
}

function measured(name: FieldName, facts: AdviceFacts): number | null {
  if (name === 'modelMs') return measuredModelMs(facts);
  return name === 'modelMb' ? (facts.memoryMb.predictor ?? null) : null;
}

/** The hop at another size, as it may be on another machine: its interval grows and shrinks with it. */
export function withHop(facts: AdviceFacts, hopMs: number): AdviceFacts {
  if (facts.hopMs === null || facts.hopMs.estimate <= 0) return facts;
  const factor = hopMs / facts.hopMs.estimate;
  const [low, high] = facts.hopMs.ci95;
  return { ...facts, hopMs: { estimate: hopMs, ci95: [low * factor, high * factor] } };
}

const MAX_HOP_MS = 1000;

function hopDial(facts: AdviceFacts, situation: Situation): Dial[] {
  if (facts.hopMs === null || facts.hopMs.estimate <= 0) return [];
  const answerAt = (value: number) => decide(withHop(facts, value), situation).answer;
  return [{ what: 'hopMs', now: facts.hopMs.estimate, min: 0, max: MAX_HOP_MS, whole: false, answerAt }];
}

/** The nearest change, and the next one where the first leads to no answer. */
function flip(dial: Dial, direction: Flip['direction']): Flip[] {
  const flips: Flip[] = [];
  const first = dial.answerAt(dial.now);
  let [same, present] = [dial.now, first];
  for (const value of direction === 'up' ? upwards(dial) : downwards(dial)) {
    while (dial.answerAt(value) !== present) {
      same = bisect(dial, { same, other: value, present });
      present = dial.answerAt(same);
      const edge = rounded(dial, same, direction);
      const answer = dial.answerAt(edge);
      const isNew = answer !== first && flips.at(-1)?.value !== edge;
      if (isNew) flips.push({ what: dial.what, direction, value: edge, answer });
      if (present !== 'open') return flips;
    }
    same = value;
  }
  return flips;
}

/** Rises from the present value, or from a billionth of the range's end where that is 0, to the end. */
function upwards({ now, max }: Dial): number[] {
  const from = now > 0 ? now : max / 1e9;
  if (from >= max) return [];
  return Array.from({ length: STEPS }, (_, i) => Math.min(max, from * (max / from) ** ((i + 1) / STEPS)));
}

/** Falls to a billionth of the present value, and then to the beginning of the range. */
function downwards({ now, min }: Dial): number[] {
  const to = Math.max(min, now / 1e9);
  if (now <= min) return [];
  return [...Array.from({ length: STEPS }, (_, i) => now * (to / now) ** ((i + 1) / STEPS)), min];
}

/** The value next to where the answer changes, on the far side. */
function bisect(dial: Dial, { same, other, present }: { same: number; other: number; present: Answer }): number {
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
