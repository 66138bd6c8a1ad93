import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { compare, type PairedUnit, relabelledFalsePositives } from '../../bench/stats/compare.ts';
import { normalQuantile } from '../../bench/stats/distributions.ts';
import { wilson } from '../../bench/stats/interval.ts';

const LATENCY = { lowerIsBetter: true, marginFloor: 0 };

/** Starts that vary by `startSd`, rounds within them by `roundSd`, around a ratio, all as shares. */
function starts(
  count: number,
  rounds: number,
  sd: { start: number; round: number },
  seed: number,
  ratio = 1,
): PairedUnit[] {
  const random = xoroshiro128plus(seed);
  const noise = (deviation: number) => Math.exp(normalQuantile(uniformFloat64(random)) * deviation);
  return Array.from({ length: count }, () => {
    const [ofA, ofB] = [noise(sd.start), noise(sd.start)];
    return {
      a: Array.from({ length: rounds }, () => ofA * noise(sd.round)),
      b: Array.from({ length: rounds }, () => ratio * ofB * noise(sd.round)),
    };
  });
}

describe('the unit of replication', () => {
  const RUNS = 400;
  const covers = (units: readonly PairedUnit[]) => {
    const [low, high] = compare(units, LATENCY)?.ratio.ci95 ?? [2, 2];
    return low <= 1 && high >= 1;
  };
  const runs = Array.from({ length: RUNS }, (_, i) => starts(10, 8, { start: 0.02, round: 0.005 }, 7_919 * (i + 1)));

  it('is a start: intervals over starts cover the truth 95 times in 100', () => {
    const [low, high] = wilson(runs.filter(covers).length, RUNS, 0.99);
    expect(low).toBeLessThan(0.95);
    expect(high).toBeGreaterThan(0.95);
  });

  it('is no round: intervals over rounds cover it less than half as often', () => {
    const perRound = runs.map((units) =>
      units.flatMap(({ a, b }) => a.map((value, i) => ({ a: [value], b: [b[i] ?? 1] }))),
    );
    expect(perRound.filter(covers).length / RUNS).toBeLessThan(0.55);
  });

  it('finds an added millisecond: the interval of the delta covers it 95 times in 100', () => {
    const covered = runs.filter((units) => {
      const slower = units.map(({ a, b }) => ({ a: a.map((ms) => 10 * ms), b: b.map((ms) => 10 * ms + 1) }));
      const [low, high] = compare(slower, LATENCY)?.delta.ci95 ?? [9, 9];
      return low <= 1 && high >= 1;
    });
    const [low, high] = wilson(covered.length, RUNS, 0.99);
    expect(low).toBeLessThan(0.95);
    expect(high).toBeGreaterThan(0.95);
  });
});

describe('re-labelled runs', () => {
  it('differ 5 times in 100, whatever the run itself found', () => {
    for (const ratio of [1, 1.5]) {
      const units = starts(10, 8, { start: 0.05, round: 0.02 }, 40_009, ratio);
      const { count, n } = relabelledFalsePositives(units, { relabellings: 200, seed: 77_003 });
      expect(n).toBe(200);
      const [low, high] = wilson(count, n);
      expect(low).toBeLessThan(0.05);
      expect(high).toBeGreaterThan(0.05);
    }
  });
});
