import { expect, it } from 'vitest';
import { makeResults } from '../../bench/analysis/make-results.ts';
import { PAID_PLAN } from '../../bench/analysis/prices.ts';
import type { Results } from '../../bench/analysis/results.ts';
import { type SyntheticRun, syntheticRun } from '../support/run-records.ts';
import { changeWindows, failing, without } from '../support/synthetic-faults.ts';
import { measurementOf, sweep8 } from '../support/synthetic-results.ts';

const run = syntheticRun({ starts: 3, rounds: 1, experiments: ['single-stream', 'sweep'] });

async function deploymentOf(changed: SyntheticRun, name: string): Promise<Results['deployments'][number] | undefined> {
  return (await makeResults(changed)).deployments.find(({ subject }) => subject === name);
}

/** The run with pair-rpc under another name. */
function renamed(name: string): SyntheticRun {
  const rename = <T extends object>(one: T): T =>
    'subject' in one && one.subject === 'pair-rpc' ? { ...one, subject: name } : one;
  return { ...run, records: run.records.map(rename) };
}

it('lists what can be deployed, with its Workers, steps and the median of their start-ups', async () => {
  const { deployments } = await makeResults(run);
  expect(deployments.map(({ subject, deploySteps, configurations }) => [subject, deploySteps, configurations])).toEqual(
    [
      ['combined', 1, 1],
      ['pair-rpc', 2, 2],
      ['pair-fetch', 2, 2],
    ],
  );
  expect(deployments[1]?.workers).toEqual([
    { worker: 'gateway', rawBytes: 200_000, gzipBytes: 60_000, startupMs: 8, heapBytes: 3_000_000, wasmBytes: 0 },
    { worker: 'predictor', rawBytes: 850_000, gzipBytes: 280_000, startupMs: 19, heapBytes: 3_000_000, wasmBytes: 8e6 },
  ]);
});

it('costs a request and its CPU at 8 connections', async () => {
  const results = await makeResults(run);
  for (const subject of ['combined', 'pair-rpc']) {
    const cpuMs = measurementOf(results, subject, 'cpuMsPerRequest', sweep8).estimate ?? Number.NaN;
    const dollars = results.deployments.find((one) => one.subject === subject)?.dollarsPerMillion;
    expect(dollars).toBeCloseTo(0.3 + 0.02 * cpuMs, 12);
  }
});

it('costs a second request where the gateway calls its predictor by URL, and not over a binding', async () => {
  const [binding, url] = [await deploymentOf(run, 'pair-rpc'), await deploymentOf(renamed('pair-http'), 'pair-http')];
  const difference = (url?.dollarsPerMillion ?? 0) - (binding?.dollarsPerMillion ?? 0);
  expect(difference).toBeCloseTo(PAID_PLAN.dollarsPerMillionRequests, 12);
});

it('has no price where CPU was not measured, or may not be used', async () => {
  const blind = changeWindows(
    run,
    () => true,
    (window) => ({ ...window, serverCpuMs: null }),
  );
  expect((await deploymentOf(blind, 'combined'))?.dollarsPerMillion).toBeNull();
  const wrong = changeWindows(run, ({ subject }) => subject === 'combined', failing(1, 'wrong'));
  expect((await deploymentOf(wrong, 'combined'))?.dollarsPerMillion).toBeNull();
});

it('names no Workers where none were weighed', async () => {
  const bare = await deploymentOf(
    without(run, ({ kind }) => kind === 'footprint'),
    'combined',
  );
  expect(bare).toMatchObject({ workers: [], deploySteps: 1 });
});
