import { describe, expect, it } from 'vitest';
import { makeResults } from '../../bench/analysis/make-results.ts';
import type { PercentileCurve } from '../../bench/analysis/results.ts';
import { quantile } from '../../bench/stats/distributions.ts';
import { type SyntheticRun, syntheticRun } from '../support/run-records.ts';
import { changeWindows, failing, late } from '../support/synthetic-faults.ts';
import { offered, singleStream } from '../support/synthetic-results.ts';

const run = syntheticRun({
  starts: 3,
  rounds: 4,
  arms: ['combined', 'pair-rpc'],
  experiments: ['single-stream', 'offered-load', 'max-rate'],
});

async function curveOf(changed: SyntheticRun, isMeant = singleStream): Promise<PercentileCurve> {
  const { percentiles } = await makeResults(changed);
  const found = percentiles.find(({ subject, condition }) => subject === 'pair-rpc' && isMeant(condition));
  if (found === undefined) throw new Error('expected a curve, got none');
  return found;
}

/** All response times of the windows that are measured, in milliseconds. */
function pooled({ records }: SyntheticRun, isMeant = singleStream): number[] {
  return records.flatMap((record) => {
    if (record.kind !== 'window' || record.phase !== 'measure') return [];
    if (record.subject !== 'pair-rpc' || !isMeant(record)) return [];
    return record.requests.lastByteUs.map((last, i) => (last - (record.requests.intendedUs[i] ?? 0)) / 1000);
  });
}

describe('a percentile curve', () => {
  it.each([
    ['one stream', singleStream],
    ['half the capacity', offered(0.5)],
  ])('is of all requests pooled, without the warm-up, to three digits: %s', async (_, isMeant) => {
    const sample = pooled(run, isMeant);
    const { responseMs } = await curveOf(run, isMeant);
    for (const [q, ms] of responseMs.slice(1)) {
      const exact = quantile(sample, q) ?? Number.NaN;
      expect(Math.abs(ms / exact - 1)).toBeLessThan(0.003);
    }
    // 1,440 and 360 requests: as far out as the last two of them.
    expect(responseMs.at(-1)?.[0]).toBeGreaterThan(1 - 2 / sample.length);
    expect(responseMs.at(-1)?.[0]).toBeLessThan(1);
  });

  it('rises in both, and tells waiting apart from service', async () => {
    const { responseMs, serviceMs } = await curveOf(run, offered(0.8));
    for (const curve of [responseMs, serviceMs]) {
      expect(curve).toEqual(curve.toSorted(([a], [b]) => a - b).toSorted(([, a], [, b]) => a - b));
    }
    for (const [i, [, ms]] of responseMs.entries()) expect(ms).toBeGreaterThanOrEqual(serviceMs[i]?.[1] ?? 0);
  });

  it('ends before the requests that failed: they are beyond every time', async () => {
    const tenth = changeWindows(run, singleStream, failing(12));
    const { responseMs } = await curveOf(tenth);
    expect(responseMs.at(-1)?.[0]).toBeLessThan(0.9);
    expect(responseMs.at(-1)?.[0]).toBeGreaterThan(0.89);
    const at = (curve: PercentileCurve['responseMs']) => curve.find(([q]) => q >= 0.5)?.[1] ?? Number.NaN;
    expect(at(responseMs)).toBeGreaterThan(at((await curveOf(run)).responseMs));
  });

  it('is not there when every request failed', async () => {
    const { percentiles } = await makeResults(
      changeWindows(run, ({ subject }) => subject === 'pair-rpc', failing(1000)),
    );
    expect(percentiles.map(({ subject }) => subject)).not.toContain('pair-rpc');
  });

  it('is without windows that the generator spoiled', async () => {
    const isMeant = offered(0.1);
    const spoiled = changeWindows(run, (one) => one.start === 2 && isMeant(one), late);
    const { responseMs } = await curveOf(spoiled, isMeant);
    expect(Math.max(...responseMs.map(([, ms]) => ms))).toBeLessThan(4);
    expect(responseMs.at(-1)?.[0]).toBeLessThan((await curveOf(run, isMeant)).responseMs.at(-1)?.[0] ?? 0);
  });

  it('is not drawn of a search for a rate, whose probes are each at another', async () => {
    const { percentiles } = await makeResults(run);
    expect(percentiles.map(({ condition }) => condition.experiment)).not.toContain('max-rate');
    expect(percentiles).toHaveLength(2 * 4);
  });
});
