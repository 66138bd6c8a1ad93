/** When and what a window sends, from its seed alone. Apart from the loops, as a report draws arrivals in the browser. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Load, WindowRequest } from './window.ts';

const US_PER_MS = 1000;
const US_PER_S = 1e6;

type ScheduleOptions = Omit<Extract<Load, { kind: 'open' }>, 'kind'> & Pick<WindowRequest, 'durationMs' | 'seed'>;

/**
 * Arrival times in integer microseconds since the window's start, rising. Poisson: gaps are exponential, -ln(1 - u) / rate
 * with u uniform in [0, 1) (Knuth, "The Art of Computer Programming", vol. 2, 3.4.1).
 */
export function makeSchedule({ arrivals, ratePerS, durationMs, seed }: ScheduleOptions): number[] {
  const random = xoroshiro128plus(seed);
  const meanUs = US_PER_S / ratePerS;
  const gapUs = arrivals === 'constant' ? () => meanUs : () => -Math.log1p(-uniformFloat64(random)) * meanUs;
  const times: number[] = [];
  for (let due = gapUs(); due < durationMs * US_PER_MS; due += gapUs()) times.push(Math.round(due));
  return times;
}

/** An endless sequence of `items` in a random order: the same one for the same seed. */
export function payloadSequence<T>(items: readonly [T, ...T[]], seed: number): () => T {
  // Another stream than the schedule's, which draws from the seed itself.
  const random = xoroshiro128plus(~seed);
  return () => items[uniformInt(random, 0, items.length - 1)] ?? items[0];
}
