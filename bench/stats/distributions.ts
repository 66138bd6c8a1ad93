/** Sample quantiles, and distributions from jStat, which ships no types of its own. */
import jstat from 'jstat';

const { studentt, normal, binomial } = jstat.jStat;

/** The quantile of Student's t at probability `p` with `degrees` degrees of freedom, which need not be whole. */
export const studentTQuantile = (p: number, degrees: number) => studentt.inv(p, degrees);

/** The probability that Student's t is at most `t`. */
export const studentTProbability = (t: number, degrees: number) => studentt.cdf(t, degrees);

/** The quantile of the standard normal distribution. */
export const normalQuantile = (p: number) => normal.inv(p, 0, 1);

/** The probability of at most `count` successes in `n` trials of probability `p` each. */
export const binomialProbability = (count: number, n: number, p: number) => binomial.cdf(count, n, p);

/**
 * The nearest-rank quantile: the smallest value with at least a share `q` of the sample at or below it, 0 < q <= 1.
 * Definition 1 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996. Null for an empty sample.
 */
export function quantile(sample: readonly number[], q: number): number | null {
  const sorted = Float64Array.from(sample).sort();
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? null;
}
