/** Confidence intervals of a mean: of plain numbers, and of quantities that are never below zero. */
import { studentTQuantile } from './distributions.ts';

/** A mean and an interval that holds the true mean with the confidence asked for. */
export interface MeanInterval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

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
 * Student's interval on logarithms, around the geometric mean, for times, rates and other quantities that are above zero:
 * such vary by shares, not by amounts, and an interval of amounts may reach below zero, where none of them can be. Null
 * for fewer than 2 values, or when one is not above zero.
 */
export function geometricInterval(values: readonly number[], confidence: number): MeanInterval | null {
  if (!values.every((value) => value > 0)) return null;
  const logs = meanInterval(values.map(Math.log), confidence);
  return logs && { mean: Math.exp(logs.mean), low: Math.exp(logs.low), high: Math.exp(logs.high) };
}
