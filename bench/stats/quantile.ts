/** Sample quantiles. */

/**
 * The nearest-rank quantile: the smallest value with at least a share `q` of the sample at or below it, 0 < q <= 1.
 * Definition 1 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996. Null for an empty sample.
 */
export function quantile(sample: readonly number[], q: number): number | null {
  const sorted = Float64Array.from(sample).sort();
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? null;
}
