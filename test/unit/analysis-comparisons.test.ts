import { describe, expect, it } from 'vitest';
import { makeResults } from '../../bench/analysis/make-results.ts';
import { compare } from '../../bench/stats/compare.ts';
import { wilson } from '../../bench/stats/interval.ts';
import { type SyntheticRun, syntheticRun } from '../support/run-records.ts';
import { changeStarts } from '../support/synthetic-faults.ts';
import {
  comparisonOf,
  holds,
  isNear,
  measurementOf,
  offered,
  singleStream,
  sweep8,
} from '../support/synthetic-results.ts';

const results = await makeResults(syntheticRun());

describe('what is true of the arms', () => {
  // The fetch client adds 0.35 ms to 0.65, 0.95 and 1.1 ms; requests at 8 connections are bound by 0.5, 0.62, 0.68 ms of CPU.
  it.each([
    ['pair-rpc', 'latencyP50Ms', singleStream, 1.3 / 1, 0.3],
    ['pair-fetch', 'latencyP50Ms', singleStream, 1.45 / 1, 0.45],
    ['pair-rpc', 'cpuMsPerRequest', sweep8, 0.62 / 0.5, 0.12],
    ['pair-fetch', 'cpuMsPerRequest', sweep8, 0.68 / 0.5, 0.18],
    ['pair-rpc', 'rps', sweep8, 0.5 / 0.62, 1000 / (0.62 * 1.025) - 1000 / (0.5 * 1.025)],
    // 90 MiB less the empty Worker's 40, and 110 less it.
    ['pair-rpc', 'memoryMiB', undefined, 70 / 50, 20],
  ] as const)('is found again: %s, %s', (b, metric, isMeant, ratio, delta) => {
    const comparison = comparisonOf(results, b, metric, isMeant);
    expect(isNear(comparison.ratio?.ci95, ratio)).toBe(true);
    expect(isNear(comparison.delta?.ci95, delta)).toBe(true);
    expect(comparison).toMatchObject({ a: 'combined', unit: 'start', units: 10, primary: true, verdict: 'slower' });
    expect(comparison.minimumDetectableRatio).toBeLessThan(1.05);
  });

  it.each([
    ['combined', 'latencyP50Ms', singleStream, 1],
    ['combined', 'cpuMsPerRequest', sweep8, 0.5],
    ['pair-rpc', 'cpuMsPerRequest', sweep8, 0.62],
    // Every twentieth request takes half as long again.
    ['combined', 'rps', sweep8, 1000 / (0.5 * 1.025)],
    ['pair-rpc', 'memoryMiB', undefined, 70],
  ] as const)('is measured: %s, %s', (subject, metric, isMeant, value) => {
    const measurement = measurementOf(results, subject, metric, isMeant);
    expect(measurement.invalid).toBeNull();
    expect(measurement.starts).toHaveLength(10);
    expect(isNear(measurement.ci95, value)).toBe(true);
  });

  it('is told of every load, and says how many starts a narrow interval takes', () => {
    for (const share of [0.1, 0.5, 0.8]) {
      expect(comparisonOf(results, 'pair-rpc', 'latencyP50Ms', offered(share)).verdict).toBe('slower');
    }
    const { startsFor30Us, delta } = comparisonOf(results, 'pair-rpc', 'latencyP50Ms', singleStream);
    expect(startsFor30Us).toBeLessThanOrEqual(10);
    expect(delta?.ci95.map((bound) => Math.abs(bound - (delta?.estimate ?? 0)) < 0.03)).toEqual([true, true]);
  });
});

/** A run of two arms and the empty Worker whose starts vary by ten times as much as the rounds in them. */
function variedRun(seed: number): SyntheticRun {
  return syntheticRun({
    seed: 7_919 * seed,
    starts: 5,
    rounds: 3,
    arms: ['null', 'combined', 'pair-rpc'],
    experiments: ['single-stream'],
    deviation: { start: 0.05, window: 0.005 },
  });
}

describe('intervals over starts', () => {
  const RUNS = 200;

  it('hold the true ratio and difference 95 times in 100; intervals over rounds do not', async () => {
    const held = { ratio: 0, delta: 0, memory: 0, overRounds: 0 };
    for (let seed = 1; seed <= RUNS; seed++) {
      const run = variedRun(seed);
      const found = await makeResults(run);
      const { ratio, delta } = comparisonOf(found, 'pair-rpc', 'latencyP50Ms', singleStream);
      if (holds(ratio?.ci95, 1.3)) held.ratio += 1;
      if (holds(delta?.ci95, 0.3)) held.delta += 1;
      if (holds(comparisonOf(found, 'pair-rpc', 'memoryMiB').ratio?.ci95, 70 / 50)) held.memory += 1;
      if (holds(intervalOverRounds(run), 1.3)) held.overRounds += 1;
    }
    for (const count of [held.ratio, held.delta, held.memory]) {
      expect(holds(wilson(count, RUNS, 0.999), 0.95)).toBe(true);
    }
    expect(held.overRounds / RUNS).toBeLessThan(0.8);
  });
});

/** What would be told were every round a unit of its own. */
function intervalOverRounds({ records }: SyntheticRun): readonly [number, number] | undefined {
  const medians = (name: string) =>
    records.flatMap((record) => {
      if (record.kind !== 'window' || record.phase !== 'measure' || record.subject !== name) return [];
      const { sentUs, lastByteUs } = record.requests;
      const sorted = lastByteUs.map((last, i) => last - (sentUs[i] ?? 0)).toSorted((one, other) => one - other);
      return sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
    });
  const b = medians('pair-rpc');
  const units = medians('combined').map((value, i) => ({ a: [value], b: b.slice(i, i + 1) }));
  return compare(units, { lowerIsBetter: true, marginFloor: 0 })?.ratio.ci95;
}

it('CPU a request is without what the subject uses when idle', async () => {
  const run = syntheticRun({ starts: 2, rounds: 0, arms: ['combined'], experiments: ['sweep'] });
  const cpuOf = async (idleCpuRate: number) => {
    const changed = changeStarts(run, () => true, { idleCpuRate });
    return measurementOf(await makeResults(changed), 'combined', 'cpuMsPerRequest', sweep8).estimate ?? Number.NaN;
  };
  // Each of 8 connections waits 4 ms for an answer, so that one comes each 0.5 ms; one in 20 takes half as long again.
  const perRequest = (await cpuOf(0)) - (await cpuOf(0.1));
  expect(Math.abs(perRequest / (0.1 * 0.5 * 1.025) - 1)).toBeLessThan(0.1);
});
