/** Confidence intervals of a mean. */
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
