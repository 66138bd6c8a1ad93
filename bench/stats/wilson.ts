/** The interval of a proportion. */
import { normalQuantile } from './distributions.ts';

/**
 * Wilson's score interval of the share that `count` of `n` is. It holds for shares near 0 and 1, where the usual one
 * does not (Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", 1927). [0, 1] for n = 0.
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
