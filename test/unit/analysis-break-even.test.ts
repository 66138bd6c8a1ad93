import { expect, it } from 'vitest';
import { makeResults } from '../../bench/analysis/make-results.ts';
import { type SyntheticRun, syntheticRun } from '../support/run-records.ts';
import { changeWindows, failing, late, without } from '../support/synthetic-faults.ts';
import { isNear } from '../support/synthetic-results.ts';

const run = syntheticRun({
  starts: 5,
  rounds: 0,
  arms: ['null', 'floor', 'combined', 'pair-rpc', 'pair-fetch'],
  experiments: ['payloads'],
});

async function pointsOf(changed: SyntheticRun, name = 'pair-rpc') {
  return (await makeResults(changed)).breakEven.filter(({ subject }) => subject === name);
}

it('has a point for each pair and workload: the time of the Worker alone, and the hop as its share', async () => {
  const points = await pointsOf(run);
  expect(points.map(({ workload, requestBytes }) => [workload, requestBytes])).toEqual([
    ['auto-mpg', 60],
    ['penguins', 80],
    ['penguins-64', 3900],
    ['penguins-64-binary', 2200],
    ['digits', 5400],
  ]);
  // Combined takes 0.65 ms of its own, the empty Worker 0.15 ms; both by the same client, and the workload adds to it.
  for (const [i, extraMs] of [-0.1, 0, 0.4, 0.2, 5].entries()) {
    const { workerMs = 0, hopMs, share = 0 } = points[i] ?? {};
    expect(Math.abs(workerMs / (0.5 + extraMs) - 1)).toBeLessThan(0.03);
    expect(isNear(hopMs?.ci95, 0.3)).toBe(true);
    expect(share).toBeCloseTo((hopMs?.estimate ?? 0) / (workerMs + (hopMs?.estimate ?? 0)), 12);
  }
  const shares = points.map(({ workerMs, share }) => [workerMs, share] as const).toSorted(([a], [b]) => a - b);
  expect(shares.map(([, share]) => share)).toEqual(shares.map(([, share]) => share).toSorted((a, b) => b - a));
  expect(await pointsOf(run, 'pair-fetch')).toHaveLength(5);
  expect((await makeResults(run)).breakEven).toHaveLength(10);
});

it('has none where the Worker alone is not known: without the empty Worker, or with one that may not be used', async () => {
  const ofEmpty = (record: object) => 'subject' in record && record.subject === 'null';
  expect(await pointsOf(without(run, ofEmpty))).toEqual([]);
  expect(await pointsOf(changeWindows(run, ofEmpty, failing(1, 'wrong')))).toEqual([]);
});

it('has none of a workload on which the comparison is invalid', async () => {
  const isDigits = (window: { subject: string; workload: string }) =>
    window.subject === 'combined' && window.workload === 'digits';
  const censored = changeWindows(run, isDigits, failing(70));
  expect((await pointsOf(censored)).map(({ workload }) => workload)).not.toContain('digits');
  expect(await pointsOf(censored)).toHaveLength(4);
});

it('has none of a pair that may not be compared', async () => {
  const wrong = changeWindows(run, ({ subject }) => subject === 'pair-rpc', failing(1, 'wrong'));
  expect(await pointsOf(wrong)).toEqual([]);
  expect(await pointsOf(wrong, 'pair-fetch')).toHaveLength(5);
});

it('has none against a pair, nor of anything but pairs', async () => {
  const pairs = syntheticRun({
    starts: 2,
    rounds: 0,
    arms: ['null', 'pair-rpc', 'pair-fetch'],
    experiments: ['payloads'],
  });
  const results = await makeResults(pairs);
  expect([results.baseline, results.breakEven]).toEqual(['pair-rpc', []]);
});

it('does not mind the faults of an open loop, as a closed one has no schedule', async () => {
  expect(await pointsOf(changeWindows(run, ({ subject }) => subject === 'floor', late))).toHaveLength(5);
});
