import { describe, expect, it } from 'vitest';
import type { Measurement, Results } from '../../bench/analysis/results.ts';
import { compareRuns, type RunComparison } from '../../bench/regression/compare-runs.ts';
import { slowed, withEnvironment, withInvalid, withStarts } from '../support/changed-results.ts';
import { full, newer, older } from '../support/two-runs.ts';

function verdicts({ lines }: RunComparison): string[] {
  return [...new Set(lines.map(({ verdict }) => verdict))].sort();
}

describe('the exit code', () => {
  it('is 0 for a run and itself, with no change anywhere', () => {
    const comparison = compareRuns(older, older);
    expect(comparison.exitCode).toBe(0);
    expect(verdicts(comparison)).toEqual(['no change']);
    expect(comparison.lines.map(({ ratio }) => ratio?.estimate)).toEqual(Array(8).fill(1));
    expect(comparison.notes).toContain('Both are the same run.');
  });

  it('is 0 for another run of the same thing', () => {
    expect(compareRuns(older, newer).exitCode).toBe(0);
  });

  it('is 1 for an arm that is slower by 20%, and only that arm is told', () => {
    const comparison = compareRuns(older, slowed(newer, 1.2, 'pair-rpc'));
    expect(comparison.exitCode).toBe(1);
    const worse = comparison.lines.filter(({ verdict }) => verdict === 'regression');
    expect(worse.map(({ subject, metric }) => `${subject} ${metric}`)).toEqual([
      'pair-rpc latencyP50Ms',
      'pair-rpc rps',
      'pair-rpc cpuMsPerRequest',
    ]);
    const [low, high] = worse[0]?.ratio?.ci95 ?? [0, 0];
    expect(low).toBeLessThan(1.2);
    expect(high).toBeGreaterThan(1.19);
  });

  it('is 0 for an arm that is faster by 20%, which is an improvement', () => {
    const comparison = compareRuns(older, slowed(newer, 1 / 1.2, 'combined'));
    expect(comparison.exitCode).toBe(0);
    expect(verdicts(comparison)).toEqual(['improvement', 'no change']);
  });

  it('is 3 for an incomplete run, whichever it is', () => {
    const cut = { ...newer, incomplete: 'the run was cut off' };
    expect(compareRuns(older, cut)).toMatchObject({
      exitCode: 3,
      notComparable: ['the newer run is incomplete: the run was cut off'],
    });
    expect(compareRuns(cut, newer).notComparable[0]).toMatch(/^the older run/);
  });

  it.each([
    ['cpu', 'another cpu', 'another machine: cpu'],
    ['cores', 64, 'another machine: cores 2 against 64'],
    ['system', 'linux 7.0', 'another machine: system linux 6.1 against linux 7.0'],
    ['pinned', null, 'another machine: pinned '],
  ])('is 3 for another %s', (part, value, reason) => {
    const comparison = compareRuns(older, withEnvironment(newer, { [part]: value }));
    expect(comparison.exitCode).toBe(3);
    expect(comparison.notComparable).toHaveLength(1);
    expect(comparison.notComparable[0]).toContain(reason);
  });

  it('is 3 for another shape of the profile, but not for another number of cold starts', () => {
    const { profile } = newer.environment;
    const shorter = withEnvironment(newer, { profile: { ...profile, rounds: 3 } });
    expect(compareRuns(older, shorter).notComparable).toEqual(['another profile: rounds 8 against 3']);
    expect(compareRuns(older, withEnvironment(newer, { profile: { ...profile, coldStarts: 5 } })).exitCode).toBe(0);
  });

  it('is 3 for another client', () => {
    const measurements = newer.measurements.map((one) =>
      one.condition === null ? one : { ...one, condition: { ...one.condition, client: 'undici' as const } },
    );
    const comparison = compareRuns(older, { ...newer, measurements });
    expect(comparison.exitCode).toBe(3);
    expect(comparison.notComparable).toEqual(['another client: client of single-stream fetch against undici']);
  });

  it('is 3 where the runs share nothing but controls', () => {
    const controls = newer.measurements.filter(({ subject }) => subject === 'null' || subject === 'floor');
    const comparison = compareRuns(older, { ...newer, measurements: controls });
    expect(comparison.notComparable).toEqual([
      'no subject in both but controls: null, floor, combined, pair-rpc against null, floor',
    ]);
  });

  it('is 3 for an invalid primary figure, unless another is a regression', () => {
    const isRate = ({ subject, metric }: Measurement) => subject === 'combined' && metric === 'rps';
    const comparison = compareRuns(older, withInvalid(newer, isRate));
    expect(comparison.exitCode).toBe(3);
    expect(comparison.lines.find(({ verdict }) => verdict === 'invalid')?.reason).toBe('newer run: spoiled');
    expect(compareRuns(older, withInvalid(slowed(newer, 1.2, 'pair-rpc'), isRate)).exitCode).toBe(1);
    expect(
      compareRuns(
        older,
        withInvalid(newer, () => true),
      ).exitCode,
    ).toBe(3);
  });
});

describe('the machine between the runs', () => {
  it('is taken out of what has a control, and told', () => {
    const comparison = compareRuns(older, slowed(newer, 1.3));
    expect(comparison.exitCode).toBe(0);
    const [latency] = comparison.lines;
    expect(latency).toMatchObject({ control: 'null', verdict: 'no change' });
    expect(latency?.raw?.estimate).toBeGreaterThan(1.25);
    expect(comparison.machine.map(({ subject }) => subject)).toEqual(['null', 'null', 'null']);
    for (const { slower } of comparison.machine) expect(slower).toBeCloseTo(0.3, 1);
    expect(full(comparison)).toMatch(/The machine changed \(null\): latency @1 3\d% slower/);
  });

  it('does not hide a regression', () => {
    expect(compareRuns(older, slowed(slowed(newer, 1 / 1.3), 1.2, 'combined')).exitCode).toBe(1);
  });

  it('stays in the figures where no control was measured, and the output says so', () => {
    const without = (results: Results) => ({
      ...results,
      measurements: results.measurements.filter(({ subject }) => subject !== 'null' && subject !== 'floor'),
    });
    const comparison = compareRuns(without(older), slowed(without(newer), 1.3));
    expect(comparison.exitCode).toBe(1);
    expect(comparison.lines.every(({ control }) => control === null)).toBe(true);
    expect(full(comparison)).toContain('Figures without a control are raw');
  });

  it('is read off floor where null is invalid', () => {
    const comparison = compareRuns(
      older,
      withInvalid(newer, ({ subject }) => subject === 'null'),
    );
    expect(comparison.lines[0]?.control).toBe('floor');
  });
});

it('calls a small change no change, however significant', () => {
  const comparison = compareRuns(older, slowed(older, 1.02, 'combined'));
  expect(verdicts(comparison)).toEqual(['no change']);
});

it('has a margin of 0.05 ms for latency, where that is more than 5%', () => {
  const { lines } = compareRuns(older, newer);
  expect(lines.find(({ metric, subject }) => metric === 'latencyP50Ms' && subject === 'combined')?.margin).toBeCloseTo(
    0.05,
    2,
  );
  const fast = withStarts(older, (old, { metric }) => (metric === 'latencyP50Ms' ? old / 10 : old));
  expect(compareRuns(fast, fast).lines[0]?.margin).toBeCloseTo(0.5, 1);
});

it('notes another workerd, and compares', () => {
  const packages = { ...newer.environment.packages, workerd: '2.0.0' };
  const comparison = compareRuns(older, withEnvironment(newer, { packages }));
  expect(comparison.exitCode).toBe(0);
  expect(comparison.notes[0]).toBe('Other software: workerd 1.20260730.1 against 2.0.0.');
});

it('does not ask for what neither run could measure', () => {
  const without = (results: Results) => ({
    ...results,
    measurements: results.measurements.map((one) =>
      one.metric === 'cpuMsPerRequest' ? { ...one, starts: one.starts.map(() => null), invalid: 'not measured' } : one,
    ),
  });
  const comparison = compareRuns(without(older), without(newer));
  expect(comparison.exitCode).toBe(0);
  expect(comparison.notes).toContain('cpuMsPerRequest: measured in neither run, so not compared.');
});
