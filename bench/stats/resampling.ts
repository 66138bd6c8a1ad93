/** What chance alone makes of a run: its ratio's interval without a distribution, and differences found where there is none. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { compare, type PairedUnit } from './compare.ts';
import { mean, wilson } from './interval.ts';
import { quantile } from './quantile.ts';

export interface BootstrapOptions {
  readonly resamples: number;
  readonly seed: number;
}

/**
 * The 95% percentile interval of b / a by a hierarchical bootstrap: starts are drawn with replacement, then rounds within
 * each of them (Davison and Hinkley, "Bootstrap Methods and Their Application", 1997, 3.8; Kalibera and Jones, 2013).
 * With few starts it is too narrow.
 */
export function hierarchicalBootstrap(
  units: readonly PairedUnit[],
  { resamples, seed }: BootstrapOptions,
): readonly [number, number] {
  const random = xoroshiro128plus(seed);
  const logs = units.map(({ a, b }) => b.map((value, i) => Math.log(value / (a[i] ?? Number.NaN))));
  const means = Array.from({ length: resamples }, () =>
    mean(draw(logs, random).map((rounds) => mean(draw(rounds, random)))),
  );
  return [Math.exp(quantile(means, 0.025) ?? Number.NaN), Math.exp(quantile(means, 0.975) ?? Number.NaN)];
}

function draw<T>(items: readonly T[], random: RandomGenerator): T[] {
  return items.map((item) => items[uniformInt(random, 0, items.length - 1)] ?? item);
}

export interface FalsePositives {
  /** Comparisons whose 95% interval left out "no difference", and all comparisons. */
  readonly count: number;
  readonly n: number;
  /** Wilson's interval of the rate; it holds 5% when the intervals are right. */
  readonly ci95: readonly [number, number];
}

export interface RelabelOptions {
  readonly relabellings: number;
  readonly seed: number;
}

/**
 * Re-labels a recorded run at random and compares it again and again: in each start a and b change places by the toss of
 * a coin, so that on average there is no difference whatever the run found, while starts vary as they did (a sign-flip
 * test, Fisher, "The Design of Experiments", 1935). The mean difference of the run is taken out first: left in, it would
 * widen every interval.
 */
export function relabelledFalsePositives(
  units: readonly PairedUnit[],
  { relabellings, seed }: RelabelOptions,
): FalsePositives {
  const random = xoroshiro128plus(seed);
  const level = centred(units);
  let count = 0;
  for (let i = 0; i < relabellings; i++) {
    const relabelled = level.map((unit) => (uniformInt(random, 0, 1) === 0 ? unit : { a: unit.b, b: unit.a }));
    const compared = compare(relabelled, { lowerIsBetter: true, marginFloor: 0 });
    if (compared !== null && compared.pValue < 0.05) count += 1;
  }
  return { count, n: relabellings, ci95: wilson(count, relabellings) };
}

/** The units with b scaled so that the mean logarithm of the ratio over all of them is 0. */
function centred(units: readonly PairedUnit[]): PairedUnit[] {
  const ratio = compare(units, { lowerIsBetter: true, marginFloor: 0 })?.ratio.estimate ?? 1;
  return units.map(({ a, b }) => ({ a, b: b.map((value) => value / ratio) }));
}
