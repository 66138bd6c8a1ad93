/** Domains, ticks and places of names: what a drawing needs to know of its axes before anything is drawn. */
import type { Axis } from '../document.ts';

/** Steps of a power of ten for wide ranges, and for those of less than one. */
const STEPS = [1, 2, 5];
const FINE_STEPS = [1, 1.5, 2, 3, 5, 7];
/** Ratio of the ends from which a range is wide, and up to which its ticks go evenly. */
const WIDE = 8;
const NARROW = 2;
/** Room on both sides of a logarithmic axis, as a factor. */
const MARGIN = 1.15;

export interface Scale {
  readonly type: 'log' | 'linear';
  readonly domain: [number, number];
}

/** The scale of an axis that has room for all the values. */
export function scaleOf({ isLog = false, ends }: Axis, values: readonly number[]): Scale {
  const domain = isLog ? logDomain(values) : linearDomain(values);
  return { type: isLog ? 'log' : 'linear', domain: ends === undefined ? domain : [...ends] };
}

/** The extent of positive values with some margin; 1 to 10 where there are none. */
function logDomain(values: readonly number[]): [number, number] {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  return positive.length === 0 ? [1, 10] : [least(positive) / MARGIN, most(positive) * MARGIN];
}

/** From 0, or the least value where that is less, to a little more than the largest. */
function linearDomain(values: readonly number[]): [number, number] {
  const known = [0, ...values.filter(Number.isFinite)];
  return [least(known), most(known) * 1.05 || 1];
}

/** Without the limit that `Math.min` has on the number of its arguments. */
function least(values: readonly number[]): number {
  return values.reduce((found, value) => Math.min(found, value), Number.POSITIVE_INFINITY);
}

function most(values: readonly number[]): number {
  return values.reduce((found, value) => Math.max(found, value), Number.NEGATIVE_INFINITY);
}

/** At most about `count` round numbers within the domain. */
export function ticksOf({ type, domain: [low, high] }: Scale, count: number): number[] {
  const ratio = high / low;
  if (type === 'linear' || ratio < NARROW) return evenTicks(low, high, count);
  const powers = Array.from({ length: 40 }, (_, i) => i - 20);
  const within = (steps: readonly number[]) =>
    powers
      .flatMap((power) => steps.map((step) => Number((step * 10 ** power).toPrecision(3))))
      .filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
  const candidates = [ratio < WIDE ? FINE_STEPS : STEPS, STEPS, [1, 3], [1]].map(within);
  return candidates.find(({ length }) => length <= count) ?? within([1]);
}

function evenTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Where something is, in pixels. */
interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Label extends Place {
  readonly text: string;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const CHARACTER = 6.6;
const HALF_LINE = 7;
const DOT = 6;
/** How far names may be moved up and down, in pixels. */
const LIFTS = [-16, 16, -30, 30, -44, 44, -58, 58, -72, 72, -90, 90];

/**
 * The left end and the middle line of each label, near the point it is for, inside the frame: the first place where it
 * lies on no point and no other label. One without any is left out, because the table names every point.
 */
export function placeLabels(labels: readonly Label[], dots: readonly Place[], frame: Box): Label[] {
  const taken: Box[] = dots.map(({ x, y }) => ({ left: x - DOT, right: x + DOT, top: y - DOT, bottom: y + DOT }));
  return labels.flatMap(({ text, x, y }) => {
    const free = boxesNear({ x, y }, text.length * CHARACTER).find(
      (box) =>
        box.left >= frame.left &&
        box.right <= frame.right &&
        box.top >= frame.top &&
        box.bottom <= frame.bottom &&
        !taken.some((one) => overlaps(box, one)),
    );
    if (free === undefined) return [];
    taken.push(free);
    return [{ text, x: free.left, y: (free.top + free.bottom) / 2 }];
  });
}

function boxesNear({ x, y }: Place, width: number): Box[] {
  return [0, ...LIFTS].flatMap((lift) => {
    const lefts = lift === 0 ? [x + 10] : [x - width / 2, x + 6, x - width - 6];
    return lefts.map((left) => {
      const line = y + lift;
      return { left, right: left + width, top: line - HALF_LINE, bottom: line + HALF_LINE };
    });
  });
}

function overlaps(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
