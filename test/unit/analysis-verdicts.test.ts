import { describe, expect, it } from 'vitest';
import { makeResults } from '../../bench/analysis/make-results.ts';
import type { Metric } from '../../bench/analysis/metrics.ts';
import type { ComparisonResult } from '../../bench/analysis/results.ts';
import { type SyntheticRun, syntheticRun } from '../support/run-records.ts';
import { changeStarts, changeWindows, saidToTake, withCpu, without } from '../support/synthetic-faults.ts';
import { comparisonOf, holds, measurementOf, singleStream } from '../support/synthetic-results.ts';

/** A run in which the pairs take as long as combined, give or take what starts vary by, times a factor each. */
function level(start: number, { rpc = 1, fetch = 1 } = {}): SyntheticRun {
  const run = syntheticRun({
    seed: 15_485_863,
    starts: 6,
    rounds: 2,
    experiments: ['single-stream'],
    deviation: { start, window: 0.002 },
  });
  const slower = changeWindows(run, ({ subject }) => subject === 'pair-rpc', saidToTake(rpc / 1.3));
  return changeWindows(slower, ({ subject }) => subject === 'pair-fetch', saidToTake(fetch / 1.45));
}

async function judged(run: SyntheticRun, metric: Metric = 'latencyP50Ms', b = 'pair-rpc'): Promise<ComparisonResult> {
  return comparisonOf(await makeResults(run), b, metric, singleStream);
}

describe('a verdict', () => {
  it('is equivalent within the margin, though the interval of the difference leaves out zero', async () => {
    const comparison = await judged(level(0.002, { rpc: 1.03 }));
    expect(comparison.delta?.ci95[0]).toBeGreaterThan(0);
    expect(comparison.adjustedPValue).toBeLessThan(0.05);
    expect(comparison).toMatchObject({ verdict: 'equivalent', reason: null });
  });

  it('is equivalent where there is no difference to be found: that is more than inconclusive', async () => {
    const comparison = await judged(level(0.002));
    expect(comparison.adjustedPValue).toBeGreaterThan(0.05);
    expect(comparison.verdict).toBe('equivalent');
  });

  it.each([
    [0.8, 'faster'],
    [1.25, 'slower'],
  ])('of %f times the latency is %s', async (rpc, verdict) => {
    expect(await judged(level(0.01, { rpc }))).toMatchObject({ verdict, reason: null });
  });

  it('is inconclusive where starts vary more than arms differ, and says what would have been seen', async () => {
    const comparison = await judged(level(0.3, { rpc: 1.02 }));
    expect(comparison).toMatchObject({ verdict: 'inconclusive', reason: null });
    expect(holds(comparison.ratio?.ci95, 1)).toBe(true);
    expect(comparison.minimumDetectableRatio).toBeGreaterThan(1.1);
    expect(comparison.startsFor30Us).toBeGreaterThan(6);
  });

  it('is given of two starts, by an interval as wide as that takes', async () => {
    const run = syntheticRun({ starts: 2, rounds: 2, experiments: ['single-stream'] });
    const results = await makeResults(run);
    const { delta, units, verdict } = comparisonOf(results, 'pair-rpc', 'latencyP50Ms', singleStream);
    const [a, b] = ['combined', 'pair-rpc'].map((name) => {
      return measurementOf(results, name, 'latencyP50Ms', singleStream).starts.map((value) => value ?? Number.NaN);
    });
    const [one = 0, two = 0] = (b ?? []).map((value, i) => value - (a?.[i] ?? Number.NaN));
    // scipy.stats.t.ppf(0.975, 1)
    const half = (12.706204736432095 * Math.abs(one - two)) / 2;
    expect(delta?.ci95[0]).toBeCloseTo((one + two) / 2 - half, 6);
    expect(delta?.ci95[1]).toBeCloseTo((one + two) / 2 + half, 6);
    expect([units, verdict]).toEqual([2, expect.stringMatching(/slower|inconclusive/)]);
  });
});

describe("Holm's correction", () => {
  /** The factor at which pair-rpc is found slower by a hair: its interval begins a seventh of its half-width above 1. */
  const marginal = async () => {
    const { ratio } = await judged(level(0.08));
    const [low = 1, high = 1] = ratio?.ci95 ?? [];
    const half = Math.log(high / low) / 2;
    return Math.exp(half * 1.15) / (ratio?.estimate ?? Number.NaN);
  };

  it('makes a marginal difference inconclusive when it is not the only question', async () => {
    const run = level(0.08, { rpc: await marginal() });
    const comparison = await judged(run);
    expect(comparison.ratio?.ci95[0]).toBeGreaterThan(1);
    expect(comparison.pValue).toBeLessThan(0.05);
    expect(comparison.adjustedPValue).toBeCloseTo(2 * (comparison.pValue ?? Number.NaN), 12);
    expect(comparison.verdict).toBe('inconclusive');
    const alone = await judged(without(run, (record) => 'subject' in record && record.subject === 'pair-fetch'));
    expect(alone).toMatchObject({ pValue: comparison.pValue, adjustedPValue: comparison.pValue, verdict: 'slower' });
  });

  it('is over deployments: references are compared as well, but are no primary question', async () => {
    const results = await makeResults(syntheticRun({ starts: 3, rounds: 2 }));
    const primary = results.comparisons.filter((one) => one.primary);
    expect(primary.map(({ b, metric }) => `${b} ${metric}`).sort()).toEqual(
      ['pair-rpc', 'pair-fetch']
        .flatMap((b) => ['latencyP50Ms', 'rps', 'cpuMsPerRequest', 'memoryMiB'].map((metric) => `${b} ${metric}`))
        .sort(),
    );
    for (const { primary: isPrimary, adjustedPValue } of results.comparisons) {
      expect(adjustedPValue !== null).toBe(isPrimary);
    }
    const reference = comparisonOf(results, 'null', 'latencyP50Ms', singleStream);
    expect(reference).toMatchObject({ primary: false, verdict: 'faster' });
  });
});

describe('a target', () => {
  it('is compared over rounds, and says so: it has no starts of its own', async () => {
    const arms = syntheticRun({ starts: 3, rounds: 4, arms: ['combined', 'pair-rpc'], experiments: ['single-stream'] });
    const isTarget = ({ subject }: { subject: string }) => subject === 'pair-rpc';
    const unmetered = changeStarts(arms, isTarget, { memoryMiB: null, idleCpuRate: null });
    const { environment, records } = changeWindows(unmetered, isTarget, (window) => ({ ...window, serverCpuMs: null }));
    const subjects = [
      { name: 'combined', kind: 'arm' },
      { name: 'pair-rpc', kind: 'target' },
    ] as const;
    const run = { environment: { ...environment, subjects }, records };
    expect(await judged(run)).toMatchObject({ unit: 'round', units: 12, verdict: 'slower', startsFor30Us: null });
    expect(await judged(run, 'memoryMiB')).toMatchObject({ verdict: 'invalid', reason: 'pair-rpc: not measured' });
    expect((await makeResults(run)).subjects[1]).toMatchObject({ kind: 'target', cpuMsByRole: null });
  });
});

describe('a comparison limited by its client', () => {
  const small = {
    starts: 2,
    rounds: 2,
    arms: ['null', 'combined', 'pair-rpc'],
    experiments: ['single-stream'],
  } as const;

  it('is marked: the client took more CPU than the server of either side', async () => {
    const run = syntheticRun(small);
    expect(await judged(run)).toMatchObject({ clientLimited: false });
    expect(await judged(run, 'latencyP50Ms', 'null')).toMatchObject({ clientLimited: true });
    const cheap = changeWindows(run, ({ subject }) => subject === 'combined', withCpu(0.5));
    expect(await judged(cheap)).toMatchObject({ clientLimited: true });
  });

  it('is not known where CPU is not', async () => {
    const run = changeWindows(
      syntheticRun(small),
      () => true,
      (window) => ({ ...window, serverCpuMs: null }),
    );
    const results = await makeResults(run);
    expect(measurementOf(results, 'combined', 'latencyP50Ms', singleStream).clientLimited).toBeNull();
  });
});
