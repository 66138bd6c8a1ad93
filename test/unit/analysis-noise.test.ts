import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { noiseOf } from '../../bench/analysis/comparisons.ts';
import { makeResults } from '../../bench/analysis/make-results.ts';
import type { ComparisonResult, Results } from '../../bench/analysis/results.ts';
import { wilson } from '../../bench/stats/interval.ts';
import { ROOT } from '../../models/build/workers.ts';
import { disturbedRun } from '../support/disturbed-run.ts';
import { syntheticRun } from '../support/run-records.ts';
import { comparisonOf, singleStream } from '../support/synthetic-results.ts';

const RUNS = 200;

interface Run {
  readonly noise: number;
  readonly comparison: ComparisonResult;
}

/** How often a disturbance begins, by the name of the machine. */
const MACHINES = { quiet: 0, disturbed: 0.03, busy: 0.3 } as const;
type Machine = keyof typeof MACHINES;

async function runsOn(machine: Machine): Promise<Run[]> {
  const runs: Run[] = [];
  for (let i = 1; i <= RUNS; i++) {
    const results = await makeResults(disturbedRun({ seed: 104_729 * i, begins: MACHINES[machine] }));
    const comparison = comparisonOf(results, 'pair-rpc', 'latencyP50Ms', singleStream);
    runs.push({ noise: results.noise ?? Number.NaN, comparison });
  }
  return runs;
}

const RUNS_ON = {
  quiet: await runsOn('quiet'),
  disturbed: await runsOn('disturbed'),
  busy: await runsOn('busy'),
} as const;

describe.each(['quiet', 'disturbed', 'busy'] as const)('two arms that are alike, on a %s machine', (machine) => {
  const runs = RUNS_ON[machine];

  it('differ in no more than 1 of 20 runs, by the interval as by the verdict', () => {
    const differing = runs.filter(({ comparison: { pValue } }) => pValue !== null && pValue < 0.05).length;
    const claimed = runs.filter(({ comparison: { verdict } }) => verdict === 'faster' || verdict === 'slower').length;
    expect(wilson(differing, RUNS, 0.99)[0]).toBeLessThan(0.05);
    expect(wilson(claimed, RUNS, 0.99)[0]).toBeLessThan(0.05);
  });

  it('are answered about in 19 of 20 runs', () => {
    const answered = runs.filter(({ comparison: { verdict, reason } }) => verdict !== 'invalid' && reason === null);
    expect(answered.length).toBeGreaterThanOrEqual(0.95 * RUNS);
    for (const { comparison } of runs) expect(comparison.units).toBeGreaterThanOrEqual(5);
  });
});

describe('the noise of a machine', () => {
  const shareOf = (machine: Machine, isMeant: (run: Run) => boolean) => RUNS_ON[machine].filter(isMeant).length / RUNS;

  it('is about 1 on a quiet one, and more where a disturbance widens the intervals', () => {
    expect(shareOf('quiet', ({ noise }) => noise < 1.5)).toBeGreaterThan(0.9);
    expect(shareOf('busy', ({ noise }) => noise > 1.5)).toBeGreaterThan(0.9);
  });

  it('is left to see in starts that never settle: they are marked', () => {
    expect(shareOf('busy', ({ comparison }) => (comparison.unsettled ?? 0) > 0)).toBeGreaterThan(0.1);
    expect(shareOf('quiet', ({ comparison }) => comparison.unsettled === undefined)).toBe(1);
  });

  it('is measured against a machine that is as quiet as that of the committed run, or quieter', () => {
    const path = join(ROOT, 'bench/reference/standard.json');
    const { comparisons }: Results = JSON.parse(readFileSync(path, 'utf8'));
    expect(noiseOf(comparisons)).toBeGreaterThan(0.9);
  });

  it('is of latency and throughput together, of the pair, and null where neither was compared', async () => {
    const { comparisons } = await makeResults(syntheticRun({ starts: 5, rounds: 2 }));
    const widened = (...metrics: string[]) =>
      comparisons.map((one): ComparisonResult => {
        const half = metrics.includes(one.metric) && one.b === 'pair-rpc' ? 0.3 : 0.03;
        return { ...one, ratio: { estimate: 1, ci95: [Math.exp(-half), Math.exp(half)] } };
      });
    const [none, latency, rps] = [widened(), widened('latencyP50Ms'), widened('rps')].map(noiseOf);
    const both = noiseOf(widened('latencyP50Ms', 'rps')) ?? 0;
    expect(both / (none ?? 0)).toBeCloseTo(10, 6);
    // scipy.stats.t.ppf(0.975, 4) / 5 ** 0.5 = 1.24166
    const [ofLatency, ofRps] = [0.3 / (1.24166 * 0.033), 0.3 / (1.24166 * 0.167)];
    expect(both).toBeCloseTo(Math.sqrt((ofLatency ** 2 + ofRps ** 2) / 2), 3);
    expect(latency).toBeCloseTo(Math.sqrt((ofLatency ** 2 + (ofRps / 10) ** 2) / 2), 3);
    expect(rps).toBeCloseTo(Math.sqrt(((ofLatency / 10) ** 2 + ofRps ** 2) / 2), 3);
    expect(noiseOf(comparisons.filter(({ metric }) => metric === 'memoryMiB'))).toBeNull();
    expect(noiseOf([])).toBeNull();
  });
});
