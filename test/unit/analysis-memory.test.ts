import { expect, it } from 'vitest';
import { makeResults } from '../../bench/analysis/make-results.ts';
import { type SyntheticRun, syntheticRun } from '../support/run-records.ts';
import { changeStarts, without } from '../support/synthetic-faults.ts';
import { comparisonOf, isNear, measurementOf } from '../support/synthetic-results.ts';

const arms = ['null', 'floor', 'combined', 'pair-rpc'];
const run = syntheticRun({ starts: 8, rounds: 1, arms, experiments: ['single-stream'] });

const ofEmpty = (record: object) => 'subject' in record && record.subject === 'null';

it("is what a subject takes above the empty Worker's of the same start", async () => {
  const results = await makeResults(run);
  expect(isNear(measurementOf(results, 'combined', 'memoryMiB').ci95, 90 - 40)).toBe(true);
  expect(isNear(measurementOf(results, 'floor', 'memoryMiB').ci95, 48 - 40)).toBe(true);
  const inStart = (subject: string, start: number) =>
    run.records.flatMap((one) =>
      one.kind === 'start' && one.subject === subject && one.start === start ? Object.values(one.memoryMiB ?? {}) : [],
    )[0] ?? Number.NaN;
  for (const [i, value] of measurementOf(results, 'pair-rpc', 'memoryMiB').starts.entries()) {
    expect(value).toBeCloseTo(inStart('pair-rpc', i + 1) - inStart('null', i + 1), 9);
  }
});

it('is no figure of the empty Worker itself, and by role nothing is subtracted', async () => {
  const { measurements, comparisons, subjects } = await makeResults(run);
  const asked = measurements.filter(({ metric }) => metric === 'memoryMiB').map(({ subject }) => subject);
  expect(asked).toEqual(['floor', 'combined', 'pair-rpc']);
  expect(comparisons.filter(({ metric }) => metric === 'memoryMiB').map(({ b }) => b)).toEqual(['floor', 'pair-rpc']);
  expect((subjects[0]?.memoryMiBByRole?.workerd ?? 0) / 40).toBeCloseTo(1, 1);
});

it('is compared by its means: a start in which a subject took less than the empty Worker is no obstacle', async () => {
  const less = changeStarts(run, ({ subject, start }) => subject === 'floor' && start === 2, {
    memoryMiB: { workerd: 39 },
  });
  const { ratio, delta, verdict } = comparisonOf(await makeResults(less), 'floor', 'memoryMiB');
  expect(verdict).toBe('faster');
  expect(ratio?.estimate).toBeLessThan(0.2);
  expect(isNear(delta?.ci95, -43)).toBe(true);
  const never = changeStarts(run, ({ subject }) => subject === 'floor', { memoryMiB: { workerd: 30 } });
  // 10 MiB less than the empty Worker, and combined 50 more: there is a difference of 60, and no ratio.
  const below = comparisonOf(await makeResults(never), 'floor', 'memoryMiB');
  expect(below).toMatchObject({ verdict: 'faster', ratio: null, reason: null });
  expect(isNear(below.delta?.ci95, -60)).toBe(true);
});

it('is of all processes together', async () => {
  const split = changeStarts(run, ({ subject }) => subject === 'pair-rpc', {
    memoryMiB: { gateway: 45, predictor: 65 },
  });
  const results = await makeResults(split);
  expect(isNear(measurementOf(results, 'pair-rpc', 'memoryMiB').ci95, 70)).toBe(true);
  expect(results.subjects[3]?.memoryMiBByRole).toEqual({ gateway: 45, predictor: 65 });
});

it('is left out of a start in which the empty Worker was not measured', async () => {
  const results = await makeResults(changeStarts(run, (one) => ofEmpty(one) && one.start === 5, { memoryMiB: null }));
  expect(measurementOf(results, 'combined', 'memoryMiB').starts[4]).toBeNull();
  expect(comparisonOf(results, 'pair-rpc', 'memoryMiB').units).toBe(7);
});

it('is absolute without the empty Worker, and a note says so', async () => {
  const { notes, measurements } = await makeResults(without(run, ofEmpty));
  expect(notes).toEqual(['memory is absolute: the empty Worker (null) was not measured, so nothing is subtracted']);
  const combined = measurements.find(({ subject, metric }) => subject === 'combined' && metric === 'memoryMiB');
  expect(isNear(combined?.ci95, 90)).toBe(true);
});

it('is not measured where the system does not tell it', async () => {
  const blind: SyntheticRun = changeStarts(run, () => true, { memoryMiB: null });
  const results = await makeResults(blind);
  expect(results.notes).toEqual([]);
  expect(measurementOf(results, 'combined', 'memoryMiB')).toMatchObject({ estimate: null, invalid: 'not measured' });
  expect(comparisonOf(results, 'pair-rpc', 'memoryMiB')).toMatchObject({
    verdict: 'invalid',
    reason: 'combined: not measured',
  });
  expect(results.subjects.map(({ memoryMiBByRole }) => memoryMiBByRole)).toEqual([null, null, null, null]);
});
