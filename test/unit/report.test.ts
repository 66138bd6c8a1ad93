import { expect, it } from 'vitest';
import type { SubjectRecord } from '../../bench/experiments/metrics.ts';
import { QUICK } from '../../bench/experiments/profile.ts';
import type { Environment } from '../../bench/report/environment.ts';
import { makeResults } from '../../bench/report/results.ts';
import { renderTable } from '../../bench/report/table.ts';

const environment: Environment = {
  date: '2026-01-02T03:04:05.678Z',
  command: 'npm run bench',
  commit: null,
  seed: 1,
  profile: QUICK,
  cpu: 'A Processor With a Rather Long Name 64-Core @ 3.00GHz',
  cores: 2,
  memoryGiB: 8,
  system: 'linux 6.1',
  node: 'v24.0.0',
  packages: { workerd: '1.20260730.1' },
  pinned: null,
};

/** A record of three starts whose values are `factor` times a base, with a little noise. */
function record(name: string, factor: number, change: Partial<SubjectRecord> = {}): SubjectRecord {
  const starts = [1, 1.01, 0.99].map((noise) => {
    const at = (base: number) => [base * factor * noise];
    return {
      latencyP50Ms: at(1),
      latencyP90Ms: at(2),
      latencyP99Ms: at(4),
      rps1: at(1000),
      rps8: at(4000),
      cpuMsPerRequest: at(0.2),
      memoryMiB: at(100),
    };
  });
  return { name, kind: 'arm', starts, errors: 0, requests: 100, clientLimited: { 1: true, 8: false }, ...change };
}

function results(...records: SubjectRecord[]) {
  return makeResults({ environment, records, latencyClient: 'fetch', throughputClient: 'undici' });
}

it('compares each arm with combined, b relative to a, wherever combined stands', () => {
  const { comparisons } = results(record('null', 0.5), record('combined', 1), record('pair-rpc', 1.5));
  expect(comparisons.map(({ a, b }) => `${b}/${a}`)).toEqual([
    ...Array(7).fill('null/combined'),
    ...Array(7).fill('pair-rpc/combined'),
  ]);
  const p50 = comparisons.find(({ b, metric }) => b === 'pair-rpc' && metric === 'latencyP50Ms');
  expect(p50?.ratio?.estimate).toBeCloseTo(1.5, 6);
  expect(p50?.delta).toMatchObject({ unit: 'ms' });
  expect(p50).toMatchObject({ unit: 'start', verdict: 'slower' });
  const rps = comparisons.find(({ b, metric }) => b === 'pair-rpc' && metric === 'rps8');
  expect(rps?.verdict).toBe('faster');
});

it('compares with the first subject where combined is missing, and over rounds where one is a target', () => {
  const { comparisons } = results(record('null', 1), record('far', 2, { kind: 'target' }));
  expect(comparisons[0]).toMatchObject({ a: 'null', b: 'far', unit: 'round' });
});

it('gives null for what was not measured', () => {
  const starts = record('far', 1).starts.map((start) => ({ ...start, cpuMsPerRequest: [], memoryMiB: [] }));
  const { arms, comparisons } = results(record('combined', 1), record('far', 2, { kind: 'target', starts }));
  expect(arms[1]).toMatchObject({ cpuMsPerRequest: null, memoryMiB: null });
  const memory = comparisons.find(({ metric }) => metric === 'memoryMiB');
  expect(memory).toMatchObject({ ratio: null, delta: null, verdict: 'invalid' });
});

it('makes every comparison with a wrong answer in it invalid and says why', () => {
  const { comparisons } = results(record('combined', 1), record('pair-rpc', 1.5, { errors: 3 }));
  expect(new Set(comparisons.map(({ verdict }) => verdict))).toEqual(new Set(['invalid']));
  expect(comparisons[0]?.reason).toBe('3 of 100 answers of pair-rpc were wrong or failed');
});

it('prints a table of at most 100 columns that marks client-limited rates', () => {
  const names = ['null', 'floor', 'combined', 'pair-rpc', 'pair-fetch', 'a-target-with-a-long-name'];
  const table = renderTable(results(...names.map((name, i) => record(name, 1 + i * 100))));
  const widest = Math.max(...table.split('\n').map((line) => line.length));
  expect(widest).toBeLessThanOrEqual(100);
  expect(table).toMatch(/^combined .*\*/m);
  expect(table).toContain('* The client used more CPU than the server');
});
