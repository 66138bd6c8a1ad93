import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeResults } from '../../bench/analysis/make-results.ts';
import { isPrimary } from '../../bench/analysis/metrics.ts';
import type { Results } from '../../bench/analysis/results.ts';
import { seedOf } from '../../bench/experiments/plan.ts';
import { compareRuns } from '../../bench/regression/compare-runs.ts';
import { normalQuantile } from '../../bench/stats/distributions.ts';
import { wilson } from '../../bench/stats/interval.ts';
import { withStarts } from '../support/changed-results.ts';
import { syntheticRun } from '../support/run-records.ts';

let older: Results;
beforeAll(async () => {
  older = await makeResults(syntheticRun({ arms: ['null', 'floor', 'combined', 'pair-rpc'] }));
});

/** A run of the same software as `results`: a machine, starts and arms that deviate by shares of a normal distribution. */
function redrawn(results: Results, seed: number): Results {
  // Neighbouring seeds begin alike, so they are hashed.
  const random = xoroshiro128plus(seedOf(seed));
  const normal = () => normalQuantile(Math.min(1 - 1e-9, Math.max(1e-9, uniformFloat64(random))));
  const machine = Math.exp(0.1 * normal());
  const starts = older.measurements[0]?.starts.map(() => Math.exp(0.05 * normal())) ?? [];
  return withStarts(results, (_, one, start) => {
    const own = (one.estimate ?? 1) * Math.exp(0.12 * normal());
    if (one.metric === 'memoryMiB') return own;
    const factor = machine * (starts[start] ?? 1);
    return one.metric === 'rps' ? own / factor : own * factor;
  });
}

/** In how many pairs of such runs any change is found. */
function falsePositives(results: Results, pairs: number): number {
  let changed = 0;
  for (let i = 0; i < pairs; i++) {
    const { lines } = compareRuns(redrawn(results, 2 * i + 1), redrawn(results, 2 * i + 2));
    if (lines.some(({ verdict }) => verdict === 'regression' || verdict === 'improvement')) changed += 1;
  }
  return changed;
}

describe('pairs of runs between which only the machine changed', () => {
  const primary = () => older.measurements.filter(isPrimary);

  it('show a change in some 5% of cases at most', () => {
    const pairs = 1500;
    const changed = falsePositives({ ...older, measurements: primary() }, pairs);
    const [low, high] = wilson(changed, pairs);
    expect(low).toBeLessThanOrEqual(0.05);
    expect(high).toBeGreaterThanOrEqual(0.03);
  });

  it('would show one in far more without a control', () => {
    const pairs = 200;
    const measurements = primary().filter(({ subject }) => subject !== 'null' && subject !== 'floor');
    expect(wilson(falsePositives({ ...older, measurements }, pairs), pairs)[0]).toBeGreaterThan(0.2);
  });

  it('show a regression of the size that is told in 4 of 5 cases, and half of it seldom', () => {
    const pairs = 250;
    const results = { ...older, measurements: primary() };
    let [atSize, atHalf, told] = [0, 0, 0];
    for (let i = 0; i < pairs; i++) {
      const [before, after] = [redrawn(results, 2 * i + 1), redrawn(results, 2 * i + 2)];
      const isIt = (one: { subject: string; metric: string }) =>
        one.subject === 'combined' && one.metric === 'latencyP50Ms';
      const lineFor = (factor: number) => {
        const worse = withStarts(after, (old, one) => (isIt(one) ? old * factor : old));
        return compareRuns(before, worse).lines.find(isIt);
      };
      // The size that another pair tells: that of the same pair would go with its own noise.
      const [earlier, later] = [redrawn(results, 5000 + 2 * i), redrawn(results, 5001 + 2 * i)];
      const size = compareRuns(earlier, later).lines.find(isIt)?.detectableRatio ?? 1;
      told += Math.log(size) / pairs;
      if (lineFor(size)?.verdict === 'regression') atSize += 1;
      if (lineFor(Math.sqrt(size))?.verdict === 'regression') atHalf += 1;
    }
    const [low, high] = wilson(atSize, pairs, 0.999);
    expect(low).toBeLessThanOrEqual(0.8);
    expect(high).toBeGreaterThanOrEqual(0.75);
    expect(atHalf / pairs).toBeLessThan(0.4);
    // Ten starts that vary by 12% each, and those of the control.
    expect(Math.exp(told)).toBeGreaterThan(1.2);
    expect(Math.exp(told)).toBeLessThan(1.5);
  });
});
