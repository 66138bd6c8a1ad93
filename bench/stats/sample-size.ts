/** How many units an interval of a given width takes. */
import { studentTQuantile } from './distributions.ts';
import { standardError } from './interval.ts';

const MAX_UNITS = 100_000;

/**
 * The smallest number of units for which the 95% interval of the mean is at most `halfWidth` to either side, when they
 * vary as `values` do: the smallest n with t(0.975, n - 1) s / sqrt(n) <= halfWidth. Null for fewer than two values, or
 * when more than 100,000 are needed.
 */
export function unitsForHalfWidth(values: readonly number[], halfWidth: number): number | null {
  if (values.length < 2) return null;
  const deviation = standardError(values) * Math.sqrt(values.length);
  const isEnough = (n: number) => (studentTQuantile(0.975, n - 1) * deviation) / Math.sqrt(n) <= halfWidth;
  if (!isEnough(MAX_UNITS)) return null;
  let [low, high] = [1, MAX_UNITS];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (middle > 1 && isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}
