/** Ticks for logarithmic axes: few enough to read, at numbers that people would choose. */

/** Steps of a power of ten for wide ranges, and for those of less than one. */
const STEPS = [1, 2, 5];
const FINE_STEPS = [1, 1.5, 2, 3, 5, 7];
/** Ratio of the ends from which a range is wide, and up to which its ticks go evenly. */
const WIDE = 8;
const NARROW = 2;

/** At most about `count` round numbers from `low` to `high`, both above 0. */
export function logTicks(low: number, high: number, count = 8): number[] {
  const ratio = high / low;
  if (ratio < NARROW) return evenTicks(low, high, count);
  return powerTicks(low, high, { count, steps: ratio < WIDE ? FINE_STEPS : STEPS });
}

function evenTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function powerTicks(
  low: number,
  high: number,
  { count, steps }: { count: number; steps: readonly number[] },
): number[] {
  const from = Math.floor(Math.log10(low));
  const to = Math.ceil(Math.log10(high));
  const powers = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const within = (chosen: readonly number[]) =>
    powers
      .flatMap((power) => chosen.map((step) => Number((step * 10 ** power).toPrecision(3))))
      .filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
  const candidates = [steps, STEPS, [1, 3], [1]].map(within);
  return candidates.find(({ length }) => length <= count) ?? within([1]);
}

/** The extent of positive values with a margin of that factor on both sides; 1 to 10 where there are none. */
export function logDomain(values: readonly number[], margin = 1.15): [number, number] {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  if (positive.length === 0) return [1, 10];
  return [Math.min(...positive) / margin, Math.max(...positive) * margin];
}
