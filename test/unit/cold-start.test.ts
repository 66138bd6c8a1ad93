import { expect, it } from 'vitest';
import { COLD_START, type ColdStartRecord } from '../../bench/experiments/cold-start.ts';
import { renderColdStart } from '../../bench/report/cold-start.ts';
import { type ColdStartEnvironment, makeColdStartResults } from '../../bench/report/cold-start-results.ts';
import { renderEcdf } from '../../bench/report/ecdf.ts';

const environment: ColdStartEnvironment = {
  date: '2026-01-02T03:04:05.678Z',
  command: 'npm run bench -- --only cold-start',
  commit: null,
  seed: 1,
  profile: COLD_START,
  cpu: 'A Processor',
  cores: 2,
  memoryGiB: 8,
  system: 'linux 6.1',
  node: 'v24.0.0',
  packages: { workerd: '1.20260730.1' },
  pinned: null,
};

/** What workerd itself takes in each round: more in some, which the subtraction has to take out again. */
const BASE = [40, 80, 50, 60];

/** An arm that takes `ms` more than an empty Worker in every round, but for a little noise. */
function record(name: ColdStartRecord['name'], ms: number, cpu = true): ColdStartRecord {
  const noise = [0, 0.01, -0.01, 0];
  const starts = BASE.map((base, i) => {
    const startMs = base + ms * (1 + (noise[i] ?? 0));
    return { startMs, cpuMs: cpu ? startMs / 2 : null };
  });
  return { name, starts };
}

function results(...records: ColdStartRecord[]) {
  return makeColdStartResults({ environment, client: 'undici', records });
}

it('subtracts the empty Worker round by round, and compares with combined', () => {
  const { coldStart } = results(record('null', 0), record('combined-stock', 500), record('combined', 100));
  expect(coldStart.arms.map(({ arm, p50Ms }) => [arm, p50Ms])).toEqual([
    ['null', 50],
    ['combined-stock', 545],
    ['combined', 149],
  ]);
  expect(coldStart.arms[0]?.minusEmpty).toBeNull();
  expect(coldStart.arms[1]?.minusEmpty?.startMs?.mean).toBeCloseTo(500, 9);
  expect(coldStart.comparisons.map(({ a, b, metric }) => [a, b, metric])).toEqual([
    ['combined', 'combined-stock', 'startMs'],
    ['combined', 'combined-stock', 'cpuMs'],
  ]);
  for (const { compared } of coldStart.comparisons) {
    expect(compared?.ratio.estimate).toBeCloseTo(5, 9);
    expect(compared?.verdict).toBe('slower');
  }
});

it('compares nothing that was not measured, and nothing that took no time', () => {
  const { coldStart } = results(record('null', 0, false), record('combined', 100, false), record('floor', 0, false));
  expect(coldStart.arms[1]?.minusEmpty?.cpuMs).toBeNull();
  expect(coldStart.comparisons.map(({ compared }) => compared)).toEqual([null, null]);
});

it('keeps every start in results.json', () => {
  const { coldStart } = results(record('null', 0), record('combined', 100));
  expect(coldStart.arms[1]?.startMs).toEqual([140, 181, 149, 160]);
  expect(coldStart.arms[1]?.cpuMs).toEqual([70, 90.5, 74.5, 80]);
});

it('prints arms, comparisons and distribution in at most 100 columns', () => {
  const text = renderColdStart(results(record('null', 0), record('combined', 100), record('combined-stock', 500)));
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  expect(text).toMatch(/^combined-stock +545\.0 +500\.0 /m);
  expect(text).toMatch(/^combined-stock +startMs +5\.00 .* slower$/m);
  expect(text).toMatch(/^ 100% \|.*b$/m);
});

it('draws a distribution: the share of a sample at or below a value', () => {
  const lines = renderEcdf([
    { name: 'one', sample: [0, 100] },
    { name: 'two', sample: [50, 50] },
  ]);
  expect(lines[0]).toBe(` 100% |${' '.repeat(36)}b${' '.repeat(34)}a`);
  expect(lines[9]).toBe(`  55% |${' '.repeat(36)}b${' '.repeat(34)}a`);
  expect(lines[10]).toBe(`  50% |a${' '.repeat(35)}b`);
  expect(lines.at(-1)).toContain('a one   b two');
});
