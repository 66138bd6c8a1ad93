import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { compare, compareMeans, type PairedUnit } from '../../bench/stats/compare.ts';
import { quantile, studentTQuantile } from '../../bench/stats/distributions.ts';
import { geometricInterval, geometricMean, mean, meanInterval, standardError } from '../../bench/stats/interval.ts';

describe('quantile', () => {
  it('is the nearest rank: for 15, 20, 35, 40, 50 the textbook values', () => {
    const sample = [40, 15, 50, 20, 35];
    const shares = [0.05, 0.3, 0.4, 0.5, 1];
    expect(shares.map((q) => quantile(sample, q))).toEqual([15, 20, 20, 35, 50]);
  });

  it('sorts by value and not by text', () => {
    expect(quantile([9, 10, 100, 1], 0.5)).toBe(9);
  });

  it('is null for an empty sample', () => {
    expect(quantile([], 0.5)).toBeNull();
  });
});

// Tables of Student's t, two-sided 95%: 2.776 for 4 degrees of freedom, 2.262 for 9; two-sided 90%: 2.132 for 4.
it.each([
  [0.975, 4, 2.776],
  [0.975, 9, 2.262],
  [0.95, 4, 2.132],
  [0.8, 4, 0.941],
])('the t quantile of %f with %i degrees of freedom is %f', (p, degrees, expected) => {
  expect(studentTQuantile(p, degrees)).toBeCloseTo(expected, 3);
});

describe('meanInterval', () => {
  it('is mean +- t s / sqrt(n)', () => {
    const values = [1, 2, 3, 4, 5];
    expect(mean(values)).toBe(3);
    expect(standardError(values)).toBeCloseTo(Math.sqrt(2.5 / 5), 12);
    const interval = meanInterval(values, 0.95);
    expect(interval?.low).toBeCloseTo(3 - 2.77645 * Math.sqrt(0.5), 4);
    expect(interval?.high).toBeCloseTo(3 + 2.77645 * Math.sqrt(0.5), 4);
  });

  it('is null for fewer than two values', () => {
    expect(meanInterval([1], 0.95)).toBeNull();
  });
});

describe('geometricInterval', () => {
  it('is that of logarithms, and above zero however far the values differ', () => {
    // numpy.exp(scipy.stats.t.interval(0.95, 2, x.mean(), scipy.stats.sem(x))) with x = numpy.log([200, 1000, 1740])
    const interval = geometricInterval([200, 1000, 1740], 0.95);
    expect(interval?.mean).toBeCloseTo(geometricMean([200, 1000, 1740]), 9);
    expect(interval?.mean).toBeCloseTo(703.3849655997668, 9);
    expect(interval?.low).toBeCloseTo(43.13457534, 4);
    expect(interval?.high).toBeCloseTo(11469.92652391, 1);
    expect(meanInterval([200, 1000, 1740], 0.95)?.low).toBeLessThan(0);
  });

  it.each([[[1]], [[0, 1, 2]], [[-1, 1, 2]], [[]]])('is null for %j', (values) => {
    expect(geometricInterval(values, 0.95)).toBeNull();
  });
});

describe('compare', () => {
  const units = (b: (a: number, i: number) => number): PairedUnit[] =>
    [1, 1.1, 0.9, 1.05, 0.95].map((a, i) => ({ a: [a, a], b: [b(a, i), b(a, i)] }));
  const lower = { lowerIsBetter: true, marginFloor: 0 };
  const higher = { lowerIsBetter: false, marginFloor: 0 };
  const noise = [0.99, 1.01, 1, 1.02, 0.98];

  it('estimates a common ratio exactly, and its delta from the means', () => {
    const result = compare(
      units((a) => 1.5 * a),
      lower,
    );
    expect(result?.ratio.estimate).toBeCloseTo(1.5, 12);
    expect(result?.ratio.ci95[0]).toBeCloseTo(1.5, 9);
    expect(result?.delta.estimate).toBeCloseTo(0.5, 12);
  });

  it.each([
    ['a higher latency', 1.5, lower, 'slower'],
    ['a lower latency', 0.7, lower, 'faster'],
    ['a higher rate', 1.5, higher, 'faster'],
    ['a lower rate', 0.7, higher, 'slower'],
    ['a difference within 5%', 1.01, lower, 'equivalent'],
  ] as const)('calls %s by its name', (_, factor, options, verdict) => {
    expect(
      compare(
        units((a, i) => a * factor * (noise[i] ?? 1)),
        options,
      )?.verdict,
    ).toBe(verdict);
  });

  it('is inconclusive when the interval holds both, and tells what it could have seen', () => {
    const result = compare(
      units((a, i) => a * (i % 2 === 0 ? 1.4 : 0.8)),
      lower,
    );
    expect(result?.verdict).toBe('inconclusive');
    expect(result?.minimumDetectableRatio).toBeGreaterThan(1.2);
  });

  it('widens the margin to the floor of the metric', () => {
    const small = units((a, i) => a * 1.03 * (noise[i] ?? 1)).map(({ a, b }) => {
      const tenth = (values: readonly number[]) => values.map((value) => value / 10);
      return { a: tenth(a), b: tenth(b) };
    });
    expect(compare(small, { lowerIsBetter: true, marginFloor: 0.05 })?.verdict).toBe('equivalent');
  });

  it('averages the rounds of a start first, so that rounds are no replicates', () => {
    const two = units((a) => a * 1.2).slice(0, 2);
    const manyRounds = two.map(({ a, b }) => ({ a: Array(50).fill(a[0]), b: Array(50).fill(b[0]) }));
    expect(compare(manyRounds, lower)?.delta.ci95[0]).toBeCloseTo(compare(two, lower)?.delta.ci95[0] ?? Number.NaN, 9);
  });

  it.each([
    ['one unit', units((a) => a).slice(0, 1)],
    [
      'a missing value',
      [
        { a: [1], b: [] },
        { a: [1], b: [1] },
      ],
    ],
    [
      'a zero',
      [
        { a: [0], b: [1] },
        { a: [1], b: [1] },
      ],
    ],
  ])('gives nothing for %s', (_, bad) => {
    expect(compare(bad, lower)).toBeNull();
  });
});

describe('compareMeans', () => {
  const options = { lowerIsBetter: true, marginFloor: 0 };

  it('is the ratio of the means, also where single values are below zero', () => {
    const result = compareMeans([10, -1, 12, 11, 10, 13, 11, 10], [40, 42, 38, 44, 41, 40, 42, 41], options);
    expect(result?.ratio?.estimate).toBeCloseTo(41 / 9.5, 12);
    expect(result?.delta.estimate).toBeCloseTo(31.5, 12);
    expect(result?.verdict).toBe('slower');
  });

  it('has no ratio where a mean may be zero or below, and is judged by the difference', () => {
    // The interval of the mean of a is -1.6 to 17.6: any ratio from 2 up would do.
    const result = compareMeans([10, -1, 12, 11], [40, 42, 38, 44], options);
    // scipy.stats.ttest_rel([40, 42, 38, 44], [10, -1, 12, 11])
    expect(result).toMatchObject({ ratio: null, minimumDetectableRatio: null, verdict: 'slower' });
    expect(result?.pValue).toBeCloseTo(0.0028090233564526897, 8);
    expect(compareMeans([-3, 3, -1], [3, -2, 0], options)).toMatchObject({ ratio: null, verdict: 'inconclusive' });
    expect(compareMeans([1, -1, 0], [30, 31, 29], options)?.verdict).toBe('slower');
  });

  it('has an interval of no width for a common factor', () => {
    const result = compareMeans([10, 11, 12], [30, 33, 36], options);
    expect(result?.ratio?.ci95[0]).toBeCloseTo(3, 9);
    expect(result?.ratio?.ci95[1]).toBeCloseTo(3, 9);
  });

  it('has an interval that holds the true ratio in 95% of 2,000 samples of 30', () => {
    const random = xoroshiro128plus(1);
    const noisy = (center: number) => center + 20 * (uniformFloat64(random) + uniformFloat64(random) - 1);
    const sample = (center: number) => Array.from({ length: 30 }, () => noisy(center));
    const held = Array.from({ length: 2000 }, () => compareMeans(sample(50), sample(250), options)?.ratio?.ci95);
    const share = held.filter((interval) => interval != null && interval[0] < 5 && interval[1] > 5).length / 2000;
    expect(share).toBeGreaterThan(0.93);
    expect(share).toBeLessThan(0.97);
  });

  it.each([
    ['one pair', [1], [2]],
    ['values that are missing', [1, 2, 3], [2, 3]],
    ['nothing', [], []],
  ])('is null for %s', (_, a, b) => {
    expect(compareMeans(a, b, options)).toBeNull();
  });
});
