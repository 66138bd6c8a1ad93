/** Reference values are computed with SciPy 1.10, Debian's python3-scipy; the call stands beside each. */
import fc from 'fast-check';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { compare, holm, type PairedUnit, welch } from '../../bench/stats/compare.ts';
import { normalQuantile, quantile, studentTQuantile } from '../../bench/stats/distributions.ts';
import { LatencyHistogram } from '../../bench/stats/histogram.ts';
import { unitsForHalfWidth, wilson } from '../../bench/stats/interval.ts';
import { findMaxRate, mostOverruns, passes, requestsNeeded } from '../../bench/stats/max-rate.ts';
import { isStable } from '../../bench/stats/stability.ts';

const LATENCY = { lowerIsBetter: true, marginFloor: 0 };

describe('holm', () => {
  it("multiplies the smallest by all, and lets none fall below the one before: R's p.adjust", () => {
    // p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });

  it('never lowers a p-value and keeps their order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }), (values) => {
        const adjusted = holm(values);
        for (const [i, value] of values.entries()) {
          expect(adjusted[i]).toBeGreaterThanOrEqual(value);
          for (const [j, other] of values.entries()) {
            if (value < other) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j] ?? 1);
          }
        }
      }),
    );
  });
});

// scipy.stats.binomtest(k, n).proportion_ci(method='wilson')
it.each([
  [0, 10, 0, 0.27753279986288926],
  [5, 100, 0.021543679154367973, 0.11175046923191914],
  [10, 200, 0.02738264560076392, 0.08957814813877599],
  [200, 200, 0.9811546736227335, 1],
])("Wilson's interval of %i in %i", (count, n, low, high) => {
  const interval = wilson(count, n);
  expect(interval[0]).toBeCloseTo(low, 9);
  expect(interval[1]).toBeCloseTo(high, 9);
});

it("Welch's t-test of two samples", () => {
  // scipy.stats.ttest_ind(b, a, equal_var=False)
  const result = welch([1.0, 1.2, 1.1, 0.9, 1.3], [1.5, 1.4, 1.9, 1.6, 1.7, 1.2]);
  expect(result?.difference).toBeCloseTo(0.45, 12);
  expect(result?.pValue).toBeCloseTo(0.005367576922178838, 8);
  expect(result?.degrees).toBeCloseTo(8.598567086409034, 8);
  const half = studentTQuantile(0.975, result?.degrees ?? 1) * (result?.error ?? 0);
  expect(0.45 - half).toBeCloseTo(0.17251372290848133, 8);
  expect(0.45 + half).toBeCloseTo(0.7274862770915181, 8);
  expect(welch([1], [1, 2])).toBeNull();
  expect(welch([1, 1], [2, 2])).toEqual({ difference: 1, error: 0, degrees: 1, pValue: 0 });
});

it('the p-value of a comparison is that of a paired t-test of logarithms', () => {
  const units = [1.1, 1.3, 1.2, 1.05, 1.4].map((ratio): PairedUnit => ({ a: [2], b: [2 * ratio] }));
  // scipy.stats.ttest_1samp(numpy.log([1.1, 1.3, 1.2, 1.05, 1.4]), 0)
  expect(compare(units, LATENCY)?.pValue).toBeCloseTo(0.0246317445493311, 8);
  expect(
    compare(
      units.map(({ a }) => ({ a, b: a })),
      LATENCY,
    )?.pValue,
  ).toBe(1);
});

describe('early stopping', () => {
  it("needs MLPerf's numbers of requests for the 99th percentile: 459, 662, 1,307", () => {
    expect([0, 1, 5].map((overruns) => requestsNeeded(overruns, 0.99))).toEqual([459, 662, 1307]);
  });

  it('has room for as many requests over the limit as a window of so many passes with', () => {
    expect([458, 459, 661, 662, 1307].map((requests) => mostOverruns(requests, 0.99))).toEqual([-1, 0, 0, 1, 5]);
  });

  it('passes a window exactly from that number on', () => {
    expect(passes({ requests: 661, overruns: 1, percentile: 0.99 })).toBe(false);
    expect(passes({ requests: 662, overruns: 1, percentile: 0.99 })).toBe(true);
    expect(passes({ requests: 0, overruns: 0, percentile: 0.99 })).toBe(false);
  });
});

describe('unitsForHalfWidth', () => {
  it('is the smallest number whose interval is narrow enough', () => {
    const values = [1, 2, 3, 4, 5];
    // min(n for n in range(2, 5000) if scipy.stats.t.ppf(.975, n - 1) * 1.5811388 / n ** .5 <= h)
    expect(unitsForHalfWidth(values, 1)).toBe(13);
    expect(unitsForHalfWidth(values, 0.2)).toBe(243);
  });

  it('is two for values that do not vary, and null for a single one or a width that nobody reaches', () => {
    expect(unitsForHalfWidth([3, 3, 3], 0.1)).toBe(2);
    expect(unitsForHalfWidth([3], 0.1)).toBeNull();
    expect(unitsForHalfWidth([1, 1000], 1e-9)).toBeNull();
  });
});

describe('isStable', () => {
  const windows = (...rates: number[]) => rates.map((rate) => ({ rate, p50: 1 }));

  it('takes three windows in a row within a tenth', () => {
    expect(isStable(windows(100, 105))).toBe(false);
    expect(isStable(windows(100, 108, 103))).toBe(true);
    expect(isStable(windows(100, 112, 103))).toBe(false);
    expect(isStable(windows(50, 100, 108, 103))).toBe(true);
  });

  it('takes no trend of more than a twentieth', () => {
    expect(isStable(windows(100, 103, 106))).toBe(false);
    expect(isStable(windows(106, 103, 100))).toBe(false);
    expect(isStable(windows(100, 102, 104))).toBe(true);
  });

  it('takes five windows that vary as a shared machine makes them, and go nowhere', () => {
    expect(isStable(windows(100, 120, 105, 85, 110))).toBe(true);
    expect(isStable(windows(100, 120, 105, 85))).toBe(false);
  });

  it('takes no five windows that vary and still rise or fall, nor a tail that is ten times as far', () => {
    expect(isStable(windows(60, 75, 88, 104, 118))).toBe(false);
    expect(isStable(windows(118, 104, 88, 75, 60))).toBe(false);
    expect(isStable(windows(100, 1000, 100, 1000, 100))).toBe(false);
  });

  it('calls a level server with a deviation of a tenth stable within eight windows, nine times in ten and more', () => {
    const random = xoroshiro128plus(71);
    const noisy = () => Math.exp(0.1 * normalQuantile(Math.max(1e-9, uniformFloat64(random))));
    const isRest = () => {
      const seen: { rate: number; p50: number }[] = [];
      while (seen.length < 8 && !isStable(seen)) seen.push({ rate: noisy(), p50: noisy() });
      return isStable(seen);
    };
    const rests = Array.from({ length: 300 }, isRest).filter(Boolean).length;
    expect(rests).toBeGreaterThan(285);
  });

  it('looks at medians as at rates', () => {
    expect(isStable([1, 1.2, 1.1].map((p50) => ({ rate: 5, p50 })))).toBe(false);
  });
});

describe('LatencyHistogram', () => {
  it('gives the quantiles of the sample to three digits', () => {
    const random = xoroshiro128plus(2_000_003);
    const sample = Array.from({ length: 5000 }, () => Math.round(-Math.log1p(-uniformFloat64(random)) * 3000));
    const histogram = new LatencyHistogram();
    for (const us of sample) histogram.add(us);
    for (const q of [0.01, 0.5, 0.9, 0.99, 0.999, 1]) {
      const exact = quantile(sample, q) ?? 0;
      expect(Math.abs(histogram.quantile(q) - exact)).toBeLessThanOrEqual(1 + exact / 500);
    }
  });

  it('puts requests without an answer above all others', () => {
    const histogram = new LatencyHistogram();
    for (let i = 0; i < 98; i++) histogram.add(1000);
    for (let i = 0; i < 2; i++) histogram.add(Number.POSITIVE_INFINITY);
    expect(histogram.count).toBe(100);
    expect(histogram.quantile(0.98)).toBeLessThan(1010);
    expect(histogram.quantile(0.99)).toBe(Number.POSITIVE_INFINITY);
    expect(histogram.curve().every(([q, ms]) => q <= 0.98 && ms < 1.01)).toBe(true);
  });

  it('draws a curve that rises, up to where its requests end', () => {
    const histogram = new LatencyHistogram();
    for (let us = 1; us <= 1000; us++) histogram.add(us * 10);
    const curve = histogram.curve();
    expect(curve.map(([, ms]) => ms)).toEqual(curve.map(([, ms]) => ms).toSorted((a, b) => a - b));
    expect(curve[0]?.[0]).toBe(0);
    expect(curve.at(-1)?.[0]).toBeCloseTo(0.999, 3);
  });
});

describe('findMaxRate', () => {
  const search = async (limit: number, startRate: number, unlucky = 0) => {
    const probed: string[] = [];
    let failures = unlucky;
    const rate = await findMaxRate(
      async (at, step) => {
        probed.push(`${step} ${at}`);
        if (step === 'confirm' && failures > 0) {
          failures -= 1;
          return false;
        }
        return at <= limit;
      },
      { startRate, maxRate: 100_000 },
    );
    return { rate, probed };
  };

  it.each([[1000], [997], [37], [60_000], [100_000], [10]])('finds %i within 2%% from below', async (limit) => {
    const { rate, probed } = await search(limit, 200);
    expect(rate).toBeLessThanOrEqual(limit);
    expect(rate).toBeGreaterThanOrEqual(Math.min(limit - 1, limit * 0.98));
    expect(probed.slice(-3)).toEqual(Array(3).fill(`confirm ${rate}`));
    expect(probed.length).toBeLessThan(25);
  });

  it('from far above goes down by longer and longer steps', async () => {
    const fine = { startRate: 4000, maxRate: 4000, tolerance: 0.08, factor: 1.16, confirmations: 1 };
    const rate = await findMaxRate(async (at) => at <= 1000, fine);
    expect(rate).toBeGreaterThanOrEqual(920);
    expect(rate).toBeLessThanOrEqual(1000);
  });

  it.each([900, 1030, 1100])('from near takes few steps of a chosen size: %i', async (startRate) => {
    const probed: number[] = [];
    const fine = { startRate, maxRate: 4000, tolerance: 0.05, factor: 1.15, confirmations: 1 };
    const rate = await findMaxRate(async (at) => {
      probed.push(at);
      return at <= 1000;
    }, fine);
    expect(rate).toBeLessThanOrEqual(1000);
    expect(rate).toBeGreaterThanOrEqual(950);
    expect(probed.length).toBeLessThanOrEqual(6);
    expect(Math.max(...probed)).toBeLessThan(1150);
  });

  it('gives way to a lower rate when one does not hold again', async () => {
    const { rate } = await search(1000, 200, 1);
    expect(rate).toBeLessThan(985);
    expect(rate).toBeGreaterThan(940);
  });

  it('finds none where none holds', async () => {
    expect((await search(0, 200)).rate).toBeNull();
  });
});
