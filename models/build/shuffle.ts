/** A seeded random order, for splits of data and for plans of experiments. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** `items` in a random order: each position takes one of those left, all equally likely. */
export function shuffle<T>(items: readonly T[], random: RandomGenerator): T[] {
  const pool = [...items];
  const shuffled: T[] = [];
  while (pool.length > 0) shuffled.push(...pool.splice(uniformInt(random, 0, pool.length - 1), 1));
  return shuffled;
}

/** The items in a random order, cut into a training part and a test part, which is `share` of them. */
export function splitRandomly<T>(items: readonly T[], share: number, random: RandomGenerator) {
  const shuffled = shuffle(items, random);
  const testRows = Math.round(items.length * share);
  return { train: shuffled.slice(testRows), test: shuffled.slice(0, testRows) };
}
