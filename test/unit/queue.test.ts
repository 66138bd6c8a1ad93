/** The queue against closed forms, and against loads that were held out. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { makeResults } from '../../bench/analysis/make-results.ts';
import { checkedQueue, lindley, predict } from '../../bench/analysis/queue.ts';
import type { Results } from '../../bench/analysis/results.ts';
import { makeSchedule } from '../../bench/load/schedule.ts';
import { quantile } from '../../bench/stats/distributions.ts';
import { mean } from '../../bench/stats/interval.ts';
import { ROOT } from '../../models/build/workers.ts';
import { syntheticRun } from '../support/run-records.ts';

/** Whether it is that number within so large a share of it. */
function expectNear(got: number | null | undefined, expected: number, share: number): void {
  expect(Math.abs((got ?? Number.NaN) / expected - 1)).toBeLessThan(share);
}

describe("Lindley's recursion", () => {
  it('is right on a queue that is easily followed', () => {
    // Free at 5, 9, 13; then idle until 20.
    expect(lindley([1, 2, 3, 20], () => 4)).toEqual([4, 7, 10, 4]);
    expect(lindley([0, 0, 5], (i) => i + 1)).toEqual([1, 3, 3]);
    expect(lindley([], () => 4)).toEqual([]);
  });

  it.each([300, 500, 800])('gives M/M/1 at %d a second its exponential response times', (ratePerS) => {
    const random = xoroshiro128plus(7);
    const durationMs = (200_000 / ratePerS) * 1000;
    const arrivals = makeSchedule({ arrivals: 'poisson', ratePerS, durationMs, seed: 3 }).map((us) => us / 1000);
    const responses = lindley(arrivals, () => -Math.log1p(-uniformFloat64(random)));
    // Of 1 ms a request on average: P(response <= t) = 1 - exp(-(1 - load) t).
    const left = 1 - ratePerS / 1000;
    expectNear(mean(responses), 1 / left, 0.05);
    for (const q of [0.5, 0.99]) expect(1 - Math.exp(-left * (quantile(responses, q) ?? 0))).toBeCloseTo(q, 2);
  });
});

describe('a prediction', () => {
  const calmMs = [[0, 1] as const];

  it.each([300, 500, 800])('of M/D/1 at %d a second has the quantiles of its closed form', (ratePerS) => {
    const load = ratePerS / 1000;
    /** P(wait <= ms) at 1 ms a request (Erlang, 1909). */
    const shareWithin = (ms: number) => {
      let [sum, factorial] = [0, 1];
      for (let k = 0; k <= ms; k++) {
        if (k > 0) factorial *= k;
        sum += ((load * (k - ms)) ** k / factorial) * Math.exp(load * (ms - k));
      }
      return (1 - load) * sum;
    };
    const { p50 = 0, p99 = 0 } = predict({ serviceMs: 1, calmMs }, ratePerS) ?? {};
    expect(shareWithin(p99 - 1)).toBeCloseTo(0.99, 2);
    if (load <= 0.5) expect(p50).toBeCloseTo(1, 6);
    else expect(shareWithin(p50 - 1)).toBeCloseTo(0.5, 2);
  });

  it('is what was drawn from where nobody waits, and the same each time', () => {
    const model = {
      serviceMs: 0.001,
      calmMs: [[0.4, 2] as const, [0.75, 4] as const, [1, 8] as const],
    };
    const { p50, p99 } = predict(model, 1) ?? {};
    expect([p50, p99].map((ms) => ms?.toFixed(3))).toEqual(['4.000', '8.000']);
    expect(predict(model, 1)).toEqual({ p50, p99 });
  });

  it('is none where more comes than can be served', () => {
    expect(predict({ serviceMs: 2, calmMs }, 500)).toBeNull();
  });
});

describe('the loads that were held out', () => {
  it('are predicted where a run is such a queue, and counted off where it is not', async () => {
    const results = await makeResults(syntheticRun());
    const queue = checkedQueue(results, 'combined');
    expect(queue?.cells.map(({ share }) => share)).toEqual([0.5, 0.8]);
    expect(queue).toMatchObject({ holds: true, ratesPerS: [147, 1176] });
    expect(queue?.model.serviceMs).toBeCloseTo(0.5, 2);
    for (const { p50, p99 } of queue?.cells ?? []) {
      expectNear(p50.predicted, p50.measured ?? 0, 0.1);
      expect(p99.error).toBeCloseTo((p99.predicted ?? 0) / (p99.measured ?? 1) - 1, 10);
    }
    const slower = results.measurements.map((one) =>
      one.metric === 'latencyP50Ms' && one.condition?.share === 0.8
        ? { ...one, estimate: (one.estimate ?? 0) * 1.2 }
        : one,
    );
    expect(checkedQueue({ ...results, measurements: slower }, 'combined')?.holds).toBe(false);
    const invalid = results.measurements.map((one) => ({ ...one, invalid: 'spoiled' }));
    expect(checkedQueue({ ...results, measurements: invalid }, 'combined')?.holds).toBe(false);
    expect(checkedQueue(results, 'null')).toBeNull();
    expect(checkedQueue({ ...results, percentiles: [] }, 'combined')).toBeNull();
  });

  it('are all counted in the reference run, whichever way they come out', () => {
    const standard: Results = JSON.parse(readFileSync(join(ROOT, 'bench/reference/standard.json'), 'utf8'));
    const { cells = [], holds } = checkedQueue(standard, 'combined') ?? {};
    const shares = standard.environment.profile.loadShares.slice(1);
    expect(cells.map(({ share }) => share)).toEqual(shares);
    expect(holds).toBe(cells.every(({ p50, p99 }) => p50.holds && p99.holds));
  });
});
