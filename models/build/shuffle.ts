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
