/** Compares two independent samples whose variances may differ. */
import { studentTProbability, studentTQuantile } from './distributions.ts';
import { mean, standardError } from './interval.ts';

export interface WelchResult {
  /** mean b - mean a, with its interval. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  readonly degrees: number;
  /** Two-sided. */
  readonly pValue: number;
}

/**
 * Welch's t-test with the degrees of freedom of Welch and Satterthwaite (Welch, "The Generalization of Student's
 * Problem", 1947). Null when a sample has fewer than two values, or neither varies.
 */
export function welch(a: readonly number[], b: readonly number[], confidence = 0.95): WelchResult | null {
  if (a.length < 2 || b.length < 2) return null;
  const [va, vb] = [standardError(a) ** 2, standardError(b) ** 2];
  if (va + vb === 0) return null;
  const degrees = (va + vb) ** 2 / (va ** 2 / (a.length - 1) + vb ** 2 / (b.length - 1));
  const error = Math.sqrt(va + vb);
  const difference = mean(b) - mean(a);
  const half = studentTQuantile((1 + confidence) / 2, degrees) * error;
  const pValue = 2 * studentTProbability(-Math.abs(difference / error), degrees);
  return { difference, low: difference - half, high: difference + half, degrees, pValue };
}
