/**
 * The Universal Scalability Law: X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1)) with N times the resources, where
 * sigma is the share that is done one after the other and kappa the cost of agreeing (Gunther, "Guerrilla Capacity
 * Planning", 2007). A sigma below zero says that less than one resource is worth less than its share.
 */
import { Matrix, solve } from 'ml-matrix';

/** A rate that was measured with `n` times the smallest resource. */
export type ScaledRate = Readonly<Record<'n' | 'rate', number>>;
export type UslFit = Readonly<Record<'lambda' | 'sigma' | 'kappa', number>>;

/**
 * The fit with the least squares of relative errors, which is linear: N / X(N) is 1 / lambda times the denominator, and each
 * equation is multiplied by its own X / N. Null for fewer than three different N.
 */
export function fitUsl(points: readonly ScaledRate[]): UslFit | null {
  if (new Set(points.map(({ n }) => n)).size < 3) return null;
  const rows = points.map(({ n, rate }) => [1, n - 1, n * (n - 1)].map((factor) => (factor * rate) / n));
  const ones = Matrix.ones(points.length, 1);
  const [inverse = Number.NaN, sigma = 0, kappa = 0] = solve(new Matrix(rows), ones).getColumn(0);
  return { lambda: 1 / inverse, sigma: sigma / inverse, kappa: kappa / inverse };
}

/** The rate that the law has for `n` times the resource. */
export function uslRate({ lambda, sigma, kappa }: UslFit, n: number): number {
  return (lambda * n) / (1 + sigma * (n - 1) + kappa * n * (n - 1));
}
