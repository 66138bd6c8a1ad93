/**
 * Compares two arms on one metric from paired observations. The unit of replication is a server start: its rounds share
 * JIT state, so they are averaged first (Kalibera and Jones, "Rigorous Benchmarking in Reasonable Time", 2013).
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { studentTProbability, studentTQuantile } from './distributions.ts';
import { type MeanInterval, mean, meanInterval, standardError } from './interval.ts';

export type Verdict = 'faster' | 'slower' | 'equivalent' | 'inconclusive' | 'invalid';

/** One unit's observations of a metric: the rounds of both arms, paired by index. */
export type PairedUnit = Readonly<Record<'a' | 'b', readonly number[]>>;
type Pair = Readonly<Record<'a' | 'b', number>>;

interface CompareOptions {
  readonly lowerIsBetter: boolean;
  /** Smallest equivalence margin in the metric's own unit; where that is more, it is the share MARGIN of a's mean. */
  readonly marginFloor: number;
}

export type Estimate = { readonly estimate: number; readonly ci95: readonly [number, number] };

/** The smallest relative change that matters. */
export const MARGIN = 0.05;

/** The share of comparisons of like with like in which any change may be claimed, and of changes that are to be seen. */
export const [ALPHA, POWER] = [0.05, 0.8];

/** Null when there are fewer than two units, or an observation is missing or not positive. */
export function compare(units: readonly PairedUnit[], options: CompareOptions) {
  const logs = units.map(({ a, b }) => mean(b.map((value, i) => Math.log(value / (a[i] ?? Number.NaN)))));
  const pairs = units.map(({ a, b }) => ({ a: mean(a), b: mean(b) }));
  return withRatio(logs, pairs, options);
}

/**
 * Compares the means of `a` and `b`, paired by index, where single values may be near zero or below it: differences
 * from a baseline. The ratio is that of the means, with the interval of the delta method: value i counts as
 * ln(mean b / mean a) + b_i / mean b - a_i / mean a. It takes means that are above zero with their 95% intervals, as
 * Fieller's theorem does of a denominator; without it the verdict and the p-value are those of the difference. Null for
 * fewer than two pairs, or when a value is missing.
 */
export function compareMeans(a: readonly number[], b: readonly number[], options: CompareOptions) {
  const [meanA, meanB] = [mean(a), mean(b)];
  const pairs = a.map((value, i) => ({ a: value, b: b[i] ?? Number.NaN }));
  const logs = pairs.map((pair) => Math.log(meanB / meanA) + pair.b / meanB - pair.a / meanA);
  const isAboveZero = [a, b].every((values) => (meanInterval(values, 0.95)?.low ?? 0) > 0);
  if (isAboveZero) return withRatio(logs, pairs, options);
  const difference = conclude(pairs, options);
  return difference && { ratio: null, minimumDetectableRatio: null, ...difference };
}

function withRatio(logs: readonly number[], pairs: readonly Pair[], options: CompareOptions) {
  const difference = conclude(pairs, options, logs);
  const ratio = meanInterval(logs, 0.95);
  if (difference === null || ratio === null) return null;
  const quantileOf = (p: number) => studentTQuantile(p, logs.length - 1);
  return {
    /** b / a, from the mean logarithm. */
    ratio: estimateOf(ratio, Math.exp),
    /** What so many units show with 80% power, by the usual approximation: t(0.975) + t(power) standard errors. */
    minimumDetectableRatio: Math.exp((quantileOf(0.975) + quantileOf(POWER)) * standardError(logs)),
    ...difference,
  };
}

/** What the pairs differ by in the metric's unit, judged by the logarithms of their ratios, if there are any. */
function conclude(pairs: readonly Pair[], { lowerIsBetter, marginFloor }: CompareOptions, logs?: readonly number[]) {
  const deltas = pairs.map(({ a, b }) => b - a);
  const values = logs ?? deltas;
  const [judged, delta, narrow] = [meanInterval(values, 0.95), meanInterval(deltas, 0.95), meanInterval(deltas, 0.9)];
  if (judged === null || delta === null || narrow === null || !Number.isFinite(judged.mean)) return null;
  const margin = Math.max(MARGIN * mean(pairs.map(({ a }) => a)), marginFloor);
  const isEquivalent = narrow.low > -margin && narrow.high < margin;
  const isOpen = judged.low <= 0 && judged.high >= 0;
  const different = judged.high < 0 === lowerIsBetter ? 'faster' : 'slower';
  const verdict: Verdict = isEquivalent ? 'equivalent' : isOpen ? 'inconclusive' : different;
  return {
    delta: estimateOf(delta),
    /** Of a two-sided paired t-test that the mean of the values is 0. */
    pValue: pValueOf(mean(values), standardError(values), values.length - 1),
    deltas,
    /** Faster and slower are judged by the ratio's interval, as the p-value is; equivalence by the difference. */
    verdict,
  };
}

function estimateOf({ mean, low, high }: MeanInterval, scale = (value: number) => value): Estimate {
  return { estimate: scale(mean), ci95: [scale(low), scale(high)] };
}

/** Two-sided, of a difference with a standard error. Where nothing varies any difference is certain. */
function pValueOf(difference: number, error: number, degrees: number): number {
  if (error === 0) return difference === 0 ? 1 : 0;
  return 2 * studentTProbability(-Math.abs(difference / error), degrees);
}

/** Welch's t-test of mean b - mean a ("The Generalization of Student's Problem", 1947); null for less than two of one. */
export function welch(a: readonly number[], b: readonly number[]) {
  if (a.length < 2 || b.length < 2) return null;
  const [va, vb] = [standardError(a) ** 2, standardError(b) ** 2];
  const [difference, error] = [mean(b) - mean(a), Math.sqrt(va + vb)];
  const degrees = error === 0 ? 1 : error ** 4 / (va ** 2 / (a.length - 1) + vb ** 2 / (b.length - 1));
  return { difference, error, degrees, pValue: pValueOf(difference, error, degrees) };
}

/**
 * p-values adjusted so that the chance of any false positive among them stays at the level: the i-th smallest of m times
 * m - i + 1, at least the one before it (Holm, "A Simple Sequentially Rejective Multiple Test Procedure", 1979).
 */
export function holm(pValues: readonly number[]): number[] {
  const rising = pValues.toSorted((a, b) => a - b);
  const scaled = rising.map((p, rank) => Math.min(1, p * (pValues.length - rank)));
  return pValues.map((p) => Math.max(...scaled.slice(0, rising.indexOf(p) + 1)));
}

/**
 * Re-labels a recorded run at random and compares it again and again: in each start a and b change places by the toss of
 * a coin, so that on average there is no difference whatever the run found, while starts vary as they did (a sign-flip
 * test, Fisher, "The Design of Experiments", 1935). The mean difference of the run is taken out first: left in, it would
 * widen every interval. Answers how many of `n` comparisons found a difference: 5% when the intervals are right.
 */
export function relabelledFalsePositives(
  units: readonly PairedUnit[],
  { relabellings: n, seed }: { readonly relabellings: number; readonly seed: number },
) {
  const random = xoroshiro128plus(seed);
  const ratio = compare(units, LATENCY)?.ratio.estimate ?? 1;
  const level = units.map(({ a, b }) => ({ a, b: b.map((value) => value / ratio) }));
  const isFound = () => {
    const relabelled = level.map(({ a, b }) => (uniformInt(random, 0, 1) === 0 ? { a, b } : { a: b, b: a }));
    return (compare(relabelled, LATENCY)?.pValue ?? 1) < ALPHA;
  };
  return { count: Array.from({ length: n }, isFound).filter(Boolean).length, n };
}

const LATENCY = { lowerIsBetter: true, marginFloor: 0 };
