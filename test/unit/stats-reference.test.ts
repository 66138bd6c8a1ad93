/** Reference values are computed with SciPy 1.10, Debian's python3-scipy; the call stands beside each. */
import { describe, expect, it } from 'vitest';
import { compare, compareMeans, type PairedUnit } from '../../bench/stats/compare.ts';
import { quantile, studentTProbability, studentTQuantile } from '../../bench/stats/distributions.ts';

const LATENCY = { lowerIsBetter: true, marginFloor: 0 };

const UNITS: readonly PairedUnit[] = [
  { a: [1.0, 1.1], b: [1.3, 1.2] },
  { a: [0.9, 1.0], b: [1.0, 1.2] },
  { a: [1.2, 1.1], b: [1.3, 1.5] },
  { a: [1.05, 1.0], b: [1.2, 1.1] },
];

// scipy.stats.t.ppf(p, degrees)
it.each([
  [0.975, 1, 12.706204736432095],
  [0.95, 1, 6.313751514800932],
  [0.8, 1, 1.3763819204924512],
  [0.975, 2, 4.302652729911275],
  [0.975, 9.5, 2.244137461457777],
  [0.975, 99_999, 1.9599877077718446],
])("Student's t has at %f with %f degrees of freedom the quantile %f", (p, degrees, expected) => {
  expect(studentTQuantile(p, degrees) / expected).toBeCloseTo(1, 7);
});

// scipy.stats.t.cdf(t, degrees)
it.each([
  [-12.7, 1, 0.025012163844672076],
  [-50, 4, 4.787226828484846e-7],
  [-1000, 9, 2.545803303948478e-24],
])('its probability at %f with %i is %f, far out in the tail as well', (t, degrees, expected) => {
  expect(studentTProbability(t, degrees) / expected).toBeCloseTo(1, 5);
});

describe('a comparison of four starts of two rounds', () => {
  // D = numpy.log(b / a).mean(1), d = b.mean(1) - a.mean(1) with a and b as above, a row for each start
  const result = compare(UNITS, LATENCY);

  it('has the ratio exp(mean D), and the interval exp(mean D +- t sd / sqrt(S))', () => {
    // numpy.exp(D.mean()), numpy.exp(scipy.stats.t.interval(0.95, 3, D.mean(), scipy.stats.sem(D)))
    expect(result?.ratio.estimate).toBeCloseTo(1.1700097888222283, 12);
    expect(result?.ratio.ci95[0]).toBeCloseTo(1.10600004, 7);
    expect(result?.ratio.ci95[1]).toBeCloseTo(1.23772411, 7);
  });

  it('has the difference of means, likewise without logarithms', () => {
    // scipy.stats.t.interval(0.95, 3, d.mean(), scipy.stats.sem(d))
    expect(result?.delta.estimate).toBeCloseTo(0.18125, 12);
    expect(result?.delta.ci95[0]).toBeCloseTo(0.09304230352671727, 8);
    expect(result?.delta.ci95[1]).toBeCloseTo(0.26945769647328277, 8);
    expect(result?.deltas).toEqual([0.2, 0.15, 0.25, 0.125].map((value) => expect.closeTo(value, 12)));
  });

  it('has the p-value and the smallest effect that so many starts would show', () => {
    // scipy.stats.ttest_1samp(D, 0)
    expect(result?.pValue).toBeCloseTo(0.003009977753222407, 8);
    // numpy.exp((scipy.stats.t.ppf(0.975, 3) + scipy.stats.t.ppf(0.8, 3)) * scipy.stats.sem(D)); by the noncentral t that
    // has a power of 73% with 2 starts, 79% with 5 and 80% with 10.
    expect(result?.minimumDetectableRatio).toBeCloseTo(1.076333657132882, 8);
  });

  it('is as wide as two starts alone make it', () => {
    const two = compare(UNITS.slice(0, 2), LATENCY);
    // numpy.exp(scipy.stats.t.interval(0.95, 1, D[:2].mean(), scipy.stats.sem(D[:2])))
    expect(two?.ratio.ci95[0]).toBeCloseTo(0.96395723, 6);
    expect(two?.ratio.ci95[1]).toBeCloseTo(1.426519, 6);
    // scipy.stats.ttest_1samp(D[:2], 0)
    expect(two?.pValue).toBeCloseTo(0.06145950853383303, 7);
    expect(two?.verdict).toBe('inconclusive');
  });

  it('is the same whatever unit the metric has, and turned round for b and a exchanged', () => {
    const scaled = compare(
      UNITS.map(({ a, b }) => ({ a: a.map((value) => value * 1e6), b: b.map((value) => value * 1e6) })),
      LATENCY,
    );
    expect(scaled?.ratio.estimate).toBeCloseTo(result?.ratio.estimate ?? 0, 12);
    expect(scaled?.pValue).toBeCloseTo(result?.pValue ?? 0, 12);
    const turned = compare(
      UNITS.map(({ a, b }) => ({ a: b, b: a })),
      LATENCY,
    );
    expect(turned?.ratio.ci95).toEqual([
      expect.closeTo(1 / (result?.ratio.ci95[1] ?? 0), 12),
      expect.closeTo(1 / (result?.ratio.ci95[0] ?? 0), 12),
    ]);
    expect([result?.verdict, turned?.verdict]).toEqual(['slower', 'faster']);
  });

  it('is not there when a round is censored, as no finite number is its own', () => {
    const censored = [{ a: [1, 1], b: [1.3, Number.POSITIVE_INFINITY] }, ...UNITS];
    expect(compare(censored, LATENCY)).toBeNull();
    expect(compare([{ a: [1, Number.POSITIVE_INFINITY], b: [1, 1] }, ...UNITS], LATENCY)).toBeNull();
    const both = [{ a: [Number.POSITIVE_INFINITY], b: [Number.POSITIVE_INFINITY] }, ...UNITS];
    expect(compare(both, LATENCY)).toBeNull();
  });
});

describe('the margin of equivalence', () => {
  /** Starts of 1 ms, and of 1 ms and a difference, give or take a thousandth. */
  const differing = (scale: number, difference: number): PairedUnit[] =>
    [-0.001, 0, 0.001, 0].map((noise) => ({ a: [scale], b: [scale * (1 + difference + noise)] }));
  const verdictOf = (units: readonly PairedUnit[], marginFloor = 0) =>
    compare(units, { lowerIsBetter: true, marginFloor })?.verdict;

  it('is 5% of a to either side, and the 90% interval has to be within', () => {
    // scipy.stats.t.ppf(0.95, 3) * 0.000408 = 0.00096, so that 4.9% is within and 4.95% is not.
    for (const sign of [1, -1]) {
      expect(verdictOf(differing(1, sign * 0.049))).toBe('equivalent');
      expect(verdictOf(differing(1, sign * 0.0495))).toBe(sign === 1 ? 'slower' : 'faster');
    }
  });

  it('is 0.05 ms for a latency below 1 ms, and 5% above it', () => {
    expect(verdictOf(differing(0.2, 0.2), 0.05)).toBe('equivalent');
    expect(verdictOf(differing(0.2, 0.26), 0.05)).toBe('slower');
    expect(verdictOf(differing(10, 0.045), 0.05)).toBe('equivalent');
    expect(verdictOf(differing(10, 0.06), 0.05)).toBe('slower');
  });
});

it('compares means by the delta method', () => {
  // x = numpy.log(B.mean() / A.mean()) + B / B.mean() - A / A.mean()
  // numpy.exp(scipy.stats.t.interval(0.95, 3, x.mean(), scipy.stats.sem(x)))
  const result = compareMeans([50, 52, 47, 51], [70, 74, 69, 71], LATENCY);
  expect(result?.ratio?.ci95[0]).toBeCloseTo(1.36850416, 7);
  expect(result?.ratio?.ci95[1]).toBeCloseTo(1.4734336, 7);
  // scipy.stats.ttest_1samp(x, 0)
  expect(result?.pValue).toBeCloseTo(7.966560255696941e-5, 9);
});

it('the nearest rank is exact for every size of sample, in spite of binary fractions', () => {
  for (let size = 1; size <= 3000; size += 7) {
    const sample = Array.from({ length: size }, (_, i) => i + 1);
    for (const permille of [25, 500, 900, 975, 990]) {
      expect(quantile(sample, permille / 1000)).toBe(Math.ceil((permille * size) / 1000));
    }
  }
});
