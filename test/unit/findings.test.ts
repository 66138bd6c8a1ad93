import { describe, expect, it } from 'vitest';
import { makeResults } from '../../bench/analysis/make-results.ts';
import type { ComparisonResult, Results } from '../../bench/analysis/results.ts';
import { sectionsOf } from '../../bench/report/report.ts';
import { timelineSection } from '../../bench/report/sections/latency.ts';
import { comparisonClause } from '../../bench/report/verdict.ts';
import { syntheticRun } from '../support/run-records.ts';

const RESULTS = await makeResults(syntheticRun({ starts: 4, rounds: 2 }));

const COMPARISON: ComparisonResult = {
  a: 'combined',
  b: 'pair-rpc',
  metric: 'latencyP50Ms',
  condition: null,
  ratio: { estimate: 1.3, ci95: [1.2, 1.4] },
  delta: { estimate: 0.3, ci95: [0.2, 0.4] },
  unit: 'start',
  units: 10,
  startsFor30Us: 3,
  minimumDetectableRatio: 1.02,
  primary: true,
  pValue: 0.001,
  adjustedPValue: 0.004,
  verdict: 'slower',
  reason: null,
  clientLimited: false,
};

/** The sentence above the pictures of a section. */
function findingOf(results: Results, id: string): string {
  const finding = sectionsOf(results).find((section) => section.id === id)?.finding;
  if (finding === undefined) throw new Error(`${id}: expected a finding, got none`);
  return finding;
}

describe('a clause about a comparison', () => {
  const cases: [Partial<ComparisonResult>, string][] = [
    [{}, 'pair-rpc is slower than combined (1.30×, 95% interval 1.20× to 1.40×)'],
    [
      { metric: 'cpuMsPerRequest' },
      'pair-rpc takes more CPU a request than combined (1.30×, 95% interval 1.20× to 1.40×)',
    ],
    [
      { metric: 'memoryMiB', verdict: 'faster' },
      'pair-rpc takes less memory than combined (1.30×, 95% interval 1.20× to 1.40×)',
    ],
    [{ verdict: 'equivalent' }, 'pair-rpc is equivalent to combined (1.30×, 95% interval 1.20× to 1.40×)'],
    [{ verdict: 'inconclusive' }, 'pair-rpc against combined is inconclusive (1.30×, 95% interval 1.20× to 1.40×)'],
    [{ verdict: 'invalid', reason: 'unstable' }, 'pair-rpc against combined is not supported by the data (unstable)'],
  ];

  it.each(cases)('with %o is "%s"', (change, expected) => {
    expect(comparisonClause({ ...COMPARISON, ...change })).toBe(expected);
  });

  it('says that a client-limited difference is understated', () => {
    expect(comparisonClause({ ...COMPARISON, clientLimited: true })).toMatch(/understated/);
  });
});

describe('findings', () => {
  it('claim no difference that no verdict claims', () => {
    const doubtful: Results = {
      ...RESULTS,
      comparisons: RESULTS.comparisons.map((one, i) => ({
        ...one,
        verdict: i % 2 === 0 ? 'inconclusive' : 'invalid',
        reason: i % 2 === 0 ? null : 'spoiled',
      })),
    };
    for (const id of ['offered-load', 'sweep', 'roles']) {
      expect(findingOf(doubtful, id)).toMatch(/inconclusive|not supported by the data/);
      expect(findingOf(doubtful, id)).not.toMatch(/slower|faster|takes (more|less)/);
    }
    expect(findingOf(doubtful, 'comparisons')).toMatch(/0 show a difference/);
  });

  it('are not there where nothing was measured', () => {
    const empty: Results = {
      ...RESULTS,
      ...{ comparisons: [], measurements: [], percentiles: [], laws: [], maxRates: [], breakEven: [] },
      ...{ coldStart: null, deployments: [], subjects: [] },
    };
    expect(sectionsOf(empty).map(({ id }) => id)).toEqual(['provenance']);
    expect(timelineSection([], 'combined')).toBeNull();
  });

  it('count the starts that both were measured in', () => {
    const measurements = RESULTS.measurements.map((one) => {
      if (one.metric !== 'latencyP50Ms' || one.condition?.experiment !== 'single-stream') return one;
      if (one.subject === 'combined') return { ...one, starts: [1, 1.1, null] };
      return one.subject === 'pair-rpc' ? { ...one, starts: [1.3, 1.05, 1.2] } : { ...one, starts: [] };
    });
    expect(findingOf({ ...RESULTS, measurements }, 'starts')).toBe(
      "The median was above combined's: pair-rpc in 1 of 2 starts.",
    );
  });

  it('call a hop inconclusive whose interval holds zero', () => {
    const [point] = RESULTS.breakEven;
    if (point === undefined) throw new Error('expected a point of the break-even curve, got none');
    const breakEven = [{ ...point, hopMs: { estimate: 0.01, ci95: [-0.1, 0.12] as const } }];
    expect(findingOf({ ...RESULTS, breakEven }, 'break-even')).toMatch(/inconclusive/);
  });

  it('compare the rows of JSON and of binary tensors, with the CPU of each', () => {
    const measurements = RESULTS.measurements.flatMap((one) => {
      const { condition } = one;
      if (one.subject !== 'combined' || condition?.experiment !== 'payloads') return [];
      const as = (workload: string, rps: number, cpuMs: number) =>
        one.metric === 'rps' || one.metric === 'cpuMsPerRequest'
          ? [{ ...one, condition: { ...condition, workload }, estimate: one.metric === 'rps' ? rps : cpuMs }]
          : [];
      return [...as('auto-mpg-x1024', 500, 1.024), ...as('auto-mpg-x1024-binary', 2_000, 0.2048)];
    });
    const rows = sectionsOf({ ...RESULTS, measurements }).find(({ id }) => id === 'rows');
    expect(rows?.finding).toMatch(/: combined 4\.00×\.$/);
    expect(rows?.table.rows).toEqual([
      ['combined', 'auto-mpg', '1024', '512,000', '2,048,000', '4.00', '1.00', '0.200'],
    ]);
  });

  it('name a few subjects and count the others', () => {
    const comparisons = ['a', 'b', 'c', 'd', 'e'].map((b) => ({ ...COMPARISON, b, metric: 'memoryMiB' as const }));
    expect(findingOf({ ...RESULTS, comparisons }, 'roles')).toMatch(/; and 2 more in the table\.$/);
  });
});
