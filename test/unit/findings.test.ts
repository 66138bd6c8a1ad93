import { describe, expect, it } from 'vitest';
import { makeResults } from '../../bench/analysis/make-results.ts';
import type { ComparisonResult, Measurement, Results } from '../../bench/analysis/results.ts';
import * as findings from '../../bench/report/findings.ts';
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
  bootstrapCi95: null,
  verdict: 'slower',
  reason: null,
  clientLimited: false,
};

const MEASUREMENT: Measurement = {
  subject: 'combined',
  metric: 'latencyP50Ms',
  condition: null,
  estimate: 1,
  ci95: [0.9, 1.1],
  starts: [1, 1.1, null],
  requests: 100,
  clientLimited: null,
  invalid: null,
};

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
    expect(findings.comparisonClause({ ...COMPARISON, ...change })).toBe(expected);
  });

  it('says that a client-limited difference is understated', () => {
    expect(findings.comparisonClause({ ...COMPARISON, clientLimited: true })).toMatch(/understated/);
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
    const told = [
      findings.offeredLoadFinding(doubtful),
      findings.throughputFinding(doubtful),
      findings.cpuFinding(doubtful),
      findings.memoryFinding(doubtful),
    ];
    for (const text of told) {
      expect(text).toMatch(/inconclusive|not supported by the data/);
      expect(text).not.toMatch(/slower|faster|takes (more|less)/);
    }
    expect(findings.primaryFinding(doubtful)).toMatch(/0 show a difference/);
  });

  it('are null where nothing was measured', () => {
    const empty: Results = {
      ...RESULTS,
      ...{ comparisons: [], measurements: [], percentiles: [], laws: [], maxRates: [], breakEven: [] },
      ...{ coldStart: null, deployments: [] },
    };
    const { startsFinding: _, timelineFinding: __, comparisonClause: ___, verdictWord: ____, ...rest } = findings;
    const all = [rest.primaryFinding, rest.percentilesFinding, rest.offeredLoadFinding, rest.maxRateFinding];
    const more = [rest.throughputFinding, rest.lawsFinding, rest.mixedFinding, rest.breakEvenFinding];
    const last = [rest.cpuFinding, rest.memoryFinding, rest.coldStartFinding, rest.deploymentsFinding];
    for (const finding of [...all, ...more, ...last]) expect(finding(empty)).toBeNull();
    expect(findings.timelineFinding({ lines: [], warmUps: [], endS: 0 }, 'combined')).toBeNull();
  });

  it('count the starts that both were measured in', () => {
    const b: Measurement = { ...MEASUREMENT, subject: 'pair-rpc', starts: [1.3, 1.05, 1.2] };
    expect(findings.startsFinding(MEASUREMENT, b, COMPARISON)).toBe(
      "pair-rpc's median was above combined's in 1 of 2 starts; the difference was +0.300 ms on average (95% interval +0.200 to +0.400 ms): slower.",
    );
    expect(findings.startsFinding(MEASUREMENT, b, undefined)).toMatch(/not supported by the data/);
  });

  it('call a hop inconclusive whose interval holds zero', () => {
    const [point] = RESULTS.breakEven;
    if (point === undefined) throw new Error('expected a point of the break-even curve, got none');
    const breakEven = [{ ...point, hopMs: { estimate: 0.01, ci95: [-0.1, 0.12] as const } }];
    expect(findings.breakEvenFinding({ ...RESULTS, breakEven })).toMatch(/inconclusive/);
  });

  it('name a few subjects and count the others', () => {
    const comparisons = ['a', 'b', 'c', 'd', 'e'].map((b) => ({ ...COMPARISON, b, metric: 'memoryMiB' as const }));
    expect(findings.memoryFinding({ ...RESULTS, comparisons })).toMatch(/; and 2 more in the table\.$/);
  });
});
