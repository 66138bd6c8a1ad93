import { expect, it } from 'vitest';
import { coldStartSection } from '../../bench/analysis/cold-start.ts';
import { makeResults } from '../../bench/analysis/make-results.ts';
import type { ColdStartRecord } from '../../bench/run/records.ts';
import { syntheticRun } from '../support/run-records.ts';
import { isNear } from '../support/synthetic-results.ts';

/** What workerd itself takes in each round: more in some, which the subtraction has to take out again. */
const BASE = [40, 80, 50, 60];

/** The starts of an arm that takes `ms` more than an empty Worker in every round, but for a little noise. */
function starts(subject: string, ms: number, cpu = true): ColdStartRecord[] {
  const noise = [0, 0.01, -0.01, 0];
  return BASE.map((base, i) => {
    const startMs = base + ms * (1 + (noise[i] ?? 0));
    return { kind: 'cold-start', subject, round: i + 1, client: 'undici', startMs, cpuMs: cpu ? startMs / 2 : null };
  });
}

const section = (...arms: ColdStartRecord[][]) => coldStartSection(arms.flat());

it('subtracts the empty Worker round by round, and compares with combined', () => {
  const found = section(starts('combined-stock', 500), starts('null', 0), starts('combined', 100));
  expect(found?.arms.map(({ arm, p50Ms }) => [arm, p50Ms])).toEqual([
    ['null', 50],
    ['combined', 149],
    ['combined-stock', 545],
  ]);
  expect(found?.client).toBe('undici');
  expect(found?.arms[0]?.minusEmpty).toBeNull();
  expect(found?.arms[2]?.minusEmpty?.startMs?.mean).toBeCloseTo(500, 9);
  expect(found?.comparisons.map(({ a, b, metric }) => [a, b, metric])).toEqual([
    ['combined', 'combined-stock', 'startMs'],
    ['combined', 'combined-stock', 'cpuMs'],
  ]);
  for (const { compared } of found?.comparisons ?? []) {
    expect(compared?.ratio.estimate).toBeCloseTo(5, 9);
    expect(compared?.verdict).toBe('slower');
  }
});

it('has an interval of what is left over the rounds', () => {
  const found = section(starts('null', 0), starts('combined', 100));
  // scipy.stats.t.interval(0.95, 3, 100, scipy.stats.sem([100, 101, 99, 100]))
  expect(found?.arms[1]?.minusEmpty?.startMs?.low).toBeCloseTo(98.70077173637466, 6);
  expect(found?.arms[1]?.minusEmpty?.startMs?.high).toBeCloseTo(101.29922826362534, 6);
});

it('compares nothing that was not measured, and nothing that took no time', () => {
  const found = section(starts('null', 0, false), starts('combined', 100, false), starts('floor', 0, false));
  expect(found?.arms.find(({ arm }) => arm === 'combined')?.minusEmpty?.cpuMs).toBeNull();
  expect(found?.comparisons.map(({ compared }) => compared)).toEqual([null, null]);
});

it('keeps every start, in the order of rounds', () => {
  const found = section(starts('null', 0), starts('combined', 100));
  expect(found?.arms[1]?.startMs).toEqual([140, 181, 149, 160]);
  expect(found?.arms[1]?.cpuMs).toEqual([70, 90.5, 74.5, 80]);
});

it('compares over the rounds that both were measured in, as a run that was cut off has', () => {
  const found = section(starts('null', 0), starts('combined', 100), starts('pair-rpc', 200).slice(0, 3));
  expect(found?.comparisons[0]?.compared?.deltas).toHaveLength(3);
  expect(found?.arms.at(-1)?.startMs).toHaveLength(3);
  const withoutEmpty = section(starts('null', 0).slice(0, 1), starts('combined', 100), starts('pair-rpc', 200));
  expect(withoutEmpty?.comparisons.map(({ compared }) => compared)).toEqual([null, null]);
});

it('subtracts nothing, and so compares nothing, without the empty Worker', () => {
  const found = section(starts('combined', 100), starts('pair-rpc', 200));
  expect(found?.arms.map(({ minusEmpty }) => minusEmpty?.startMs)).toEqual([null, null]);
  expect(found?.comparisons.map(({ compared }) => compared)).toEqual([null, null]);
});

it('compares with the first arm that is not empty where combined was not started', () => {
  const found = section(starts('null', 0), starts('pair-rpc', 200), starts('combined-stock', 100));
  expect(new Set(found?.comparisons.map(({ a, b }) => `${b} to ${a}`))).toEqual(
    new Set(['pair-rpc to combined-stock']),
  );
});

it('is null when no start was timed', () => {
  expect(coldStartSection([])).toBeNull();
});

it('finds again what is true of the arms of a run', async () => {
  const { coldStart } = await makeResults(syntheticRun({ starts: 1, rounds: 1, experiments: ['single-stream'] }));
  // 50 ms more than the empty Worker's 40, and 70.
  const of = (name: string) => coldStart?.arms.find(({ arm }) => arm === name)?.minusEmpty?.startMs;
  for (const [name, ms] of [
    ['combined', 50],
    ['pair-rpc', 70],
  ] as const) {
    expect(isNear([of(name)?.low ?? Number.NaN, of(name)?.high ?? Number.NaN], ms)).toBe(true);
  }
  const pair = coldStart?.comparisons.find(({ b, metric }) => b === 'pair-rpc' && metric === 'startMs')?.compared;
  expect(isNear(pair?.ratio.ci95, 70 / 50)).toBe(true);
  expect(isNear(pair?.delta.ci95, 20)).toBe(true);
  expect(pair?.verdict).toBe('slower');
  expect(coldStart?.arms.map(({ startMs }) => startMs.length)).toEqual(Array(5).fill(30));
});
