/** Confidence intervals: of a mean, of quantities that are never below zero, and of a share. */
import { normalQuantile, studentTQuantile } from './distributions.ts';

/** A mean and an interval that holds the true mean with the confidence asked for. */
export type MeanInterval = Readonly<Record<'mean' | 'low' | 'high', number>>;

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard error of the mean, with n - 1 in the variance. */
export function standardError(values: readonly number[]): number {
  const center = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}

/** Student's interval of the mean: mean +- t(1 - alpha/2, n - 1) s / sqrt(n). Null for fewer than 2 values. */
export function meanInterval(values: readonly number[], confidence: number): MeanInterval | null {
  if (values.length < 2) return null;
  const center = mean(values);
  const half = studentTQuantile((1 + confidence) / 2, values.length - 1) * standardError(values);
  return { mean: center, low: center - half, high: center + half };
}

/** The geometric mean; not a number where a value is below zero. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(mean(values.map(Math.log)));
}

/**
 * Student's interval on logarithms, around the geometric mean: times and rates vary by shares, and an interval of amounts
 * may reach below zero, where none can be. Null for fewer than 2 values, or when one is not above zero.
 */
export function geometricInterval(values: readonly number[], confidence: number): MeanInterval | null {
  if (!values.every((value) => value > 0)) return null;
  const logs = meanInterval(values.map(Math.log), confidence);
  return logs && { mean: Math.exp(logs.mean), low: Math.exp(logs.low), high: Math.exp(logs.high) };
}

const MAX_UNITS = 100_000;

/**
 * The smallest n for which the 95% interval of the mean is within `halfWidth` of it, when units vary as `values` do: with
 * t(0.975, n - 1) s / sqrt(n) <= halfWidth. Null for fewer than two values, or when more than 100,000 are needed.
 */
export function unitsForHalfWidth(values: readonly number[], halfWidth: number): number | null {
  const deviation = standardError(values) * Math.sqrt(values.length);
  const isEnough = (n: number) => (studentTQuantile(0.975, n - 1) * deviation) / Math.sqrt(n) <= halfWidth;
  return values.length >= 2 && isEnough(MAX_UNITS) ? smallestAbove(1, isEnough) : null;
}

/** The smallest whole number above `low` that is enough, when all larger ones are as well. */
export function smallestAbove(low: number, isEnough: (n: number) => boolean): number {
  let [little, enough] = [low, low + 1];
  while (!isEnough(enough)) [little, enough] = [enough, 2 * enough];
  while (enough - little > 1) {
    const middle = Math.floor((little + enough) / 2);
    if (isEnough(middle)) enough = middle;
    else little = middle;
  }
  return enough;
}

/**
 * Wilson's score interval of a share, which holds near 0 and 1 as well ("Probable Inference, the Law of Succession, and
 * Statistical Inference", 1927). [0, 1] for n = 0.
 */
export function wilson(count: number, n: number, confidence = 0.95): readonly [number, number] {
  if (n === 0) return [0, 1];
  const z = normalQuantile((1 + confidence) / 2);
  const share = count / n;
  const scale = 1 + z ** 2 / n;
  const center = (share + z ** 2 / (2 * n)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2));
  return [count === 0 ? 0 : Math.max(0, center - half), count === n ? 1 : Math.min(1, center + half)];
}
