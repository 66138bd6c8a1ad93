import { describe, expect, it } from 'vitest';
import { crossingOf, winnerOf } from '../../bench/analysis/crossing.ts';
import { makeResults } from '../../bench/analysis/make-results.ts';
import { faultOf, keepsObjective } from '../../bench/analysis/window-summary.ts';
import { arrangementsOf } from '../../bench/experiments/grid.ts';
import { GRID, GRID_ARMS } from '../../bench/experiments/plan.ts';
import { mixedPayloads } from '../../bench/load/payloads.ts';
import { ownFault } from '../../bench/load/window.ts';
import { renderBody } from '../../bench/report/html/page.ts';
import { sectionsOf } from '../../bench/report/report.ts';
import { gridAnswer, gridSection } from '../../bench/report/sections/grid.ts';
import type { RunRecord } from '../../bench/run/records.ts';
import { fitUsl, uslRate } from '../../bench/stats/usl.ts';
import { gridRun } from '../support/grid-records.ts';
import { exhausted, late } from '../support/synthetic-faults.ts';

const subjects = GRID_ARMS.map((arm) => ({ kind: 'arm', name: arm, arm }) as const);

describe('the arrangements', () => {
  const all = arrangementsOf({ subjects }, GRID);
  const named = (name: string) => all.find((one) => one.name === name);

  it('are each arm under every budget and share, and replicas of equal total beside those', () => {
    expect(all.map(({ name }) => name)).toEqual([
      ...GRID_ARMS,
      ...['combined-x2', 'combined-x3', 'combined-x4'],
      ...['pair-http-1x2', 'pair-http-1x3', 'pair-http-2x1', 'pair-http-2x2', 'pair-http-3x1'],
    ]);
    expect(named('combined')?.cells).toHaveLength(15);
    expect(named('combined')?.cells[0]).toEqual({ cpu: 0.125, cheapShare: 0, fronts: 1, backs: 0 });
    expect(named('pair-http-2x1')?.cells).toEqual([{ cpu: 0.75, cheapShare: 0.5, fronts: 2, backs: 1 }]);
    expect(named('combined-x4')?.cells).toEqual([{ cpu: 1, cheapShare: 0.5, fronts: 4, backs: 0 }]);
  });

  it('are as many as the arms that are asked for and the most processes allow', () => {
    const small = { ...GRID, cpus: [0.5], cheapShares: [0.5], processes: 1 };
    expect(arrangementsOf({ subjects: subjects.slice(0, 2) }, small).flatMap(({ cells }) => cells)).toHaveLength(2);
  });
});

it.each([0, 0.5, 0.9])('sends a share of %s of the requests to cheap routes, both alike', (share) => {
  const paths = mixedPayloads('combined', 'auto-mpg', share).map(({ path }) => path);
  const count = (path: string) => paths.filter((own) => own === path).length / paths.length;
  expect(1 - count('/predict')).toBeCloseTo(share, 2);
  expect(count('/v2/health/live')).toBeCloseTo(share / 2, 2);
  expect(count('/v2/models/auto-mpg')).toBeCloseTo(share / 2, 2);
});

describe('the Universal Scalability Law', () => {
  const law = { lambda: 400, sigma: 0.05, kappa: 0.01 };
  const points = [1, 2, 4, 8].map((n) => ({ n, rate: uslRate(law, n) }));

  it('is found again from what it gives, whatever the sign of sigma', () => {
    for (const one of [law, { lambda: 90, sigma: -0.03, kappa: 0.002 }, { lambda: 7, sigma: 0, kappa: 0 }]) {
      const fit = fitUsl([1, 2, 4, 8].map((n) => ({ n, rate: uslRate(one, n) })));
      for (const part of ['lambda', 'sigma', 'kappa'] as const) expect(fit?.[part]).toBeCloseTo(one[part], 9);
    }
  });

  it('is near it where rates are off by some percent, with errors of that size', () => {
    const noisy = points.map(({ n, rate }, i) => ({ n, rate: rate * (i % 2 === 0 ? 1.03 : 0.97) }));
    const fit = fitUsl(noisy);
    expect(fit?.lambda).toBeCloseTo(400, -2);
    for (const { n, rate } of noisy) expect(Math.abs(uslRate(fit ?? law, n) / rate - 1)).toBeLessThan(0.06);
  });

  it('takes three different N', () => {
    expect(fitUsl([...points.slice(0, 2), ...points.slice(0, 2)])).toBeNull();
  });
});

describe('the crossing', () => {
  it('has a winner in the mean, who is sure where it wins every start', () => {
    expect(
      winnerOf(
        ['a', 'b'],
        [
          [3, 1],
          [3, 2],
        ],
      ),
    ).toEqual({ winner: 'a', isSure: true });
    expect(
      winnerOf(
        ['a', 'b'],
        [
          [3, 4],
          [9, 4],
        ],
      ),
    ).toEqual({ winner: 'a', isSure: false });
    expect(winnerOf(['a', 'b'], [[3, Number.NaN]])).toBeNull();
  });

  it('is on the line between the last loss and the next point, whatever came before', () => {
    const gains = [
      { x: 8, gain: 3 },
      { x: 1, gain: 1 },
      { x: 2, gain: -1 },
      { x: 4, gain: 1 },
    ];
    expect(crossingOf(gains)).toBe(3);
    expect(
      crossingOf([
        { x: 2, gain: 0 },
        { x: 4, gain: 1 },
      ]),
    ).toBe(2);
  });

  it('is 0 where nothing is lost, infinite where it is lost to the end, and null without points', () => {
    expect(crossingOf([{ x: 1, gain: 1 }])).toBe(0);
    expect(
      crossingOf([
        { x: 1, gain: 1 },
        { x: 2, gain: -1 },
      ]),
    ).toBe(Number.POSITIVE_INFINITY);
    expect(crossingOf([])).toBeNull();
  });
});

describe('a run of the grid', async () => {
  const run = gridRun();
  const results = await makeResults(run);
  const { grid, crossing } = results;

  it('finds the highest rate of every cell, and the law that they follow', () => {
    const cell = grid?.cells.find((one) => one.subject === 'combined' && one.cpu === 0.5 && one.cheapShare === 0.5);
    expect(cell?.estimate).toBeCloseTo(run.rateOf('combined', 0.5, 0.5), -1);
    expect(cell).toMatchObject({ generatorLimited: 0, fronts: 1, backs: 0, client: 'undici' });
    const law = grid?.laws.find((one) => one.subject === 'combined' && one.over === 'CPU' && one.cheapShare === 0);
    expect(law?.sigma).toBeCloseTo(run.sigma, 1);
    expect(law?.fits).toBe(3);
    for (const { lawError } of grid?.cells.filter(({ subject }) => subject === 'combined') ?? [])
      expect(Math.abs(lawError ?? 1)).toBeLessThan(0.05);
    expect(law?.worstError).toBeLessThan(0.05);
    // What is true grows with the budget alone, so a quarter of a core each is a law over processes as well.
    expect(grid?.laws.find(({ over }) => over === 'processes')).toMatchObject({ subject: 'combined', cheapShare: 0.5 });
    const more = grid?.cells.filter(({ fronts, backs }) => fronts > 1 && backs === 0).map(({ lawRate }) => lawRate);
    expect(more).toEqual([expect.any(Number), expect.any(Number), expect.any(Number)]);
    expect(grid?.cells.find(({ subject }) => subject === 'pair-http-2x2')?.lawRate).toBeNull();
  });

  it('has no rate for a cell in a start where none held, and marks where the generator was the limit', async () => {
    const records = run.records.flatMap((one): RunRecord[] => {
      if (one.kind !== 'window' || one.subject !== 'pair-http' || one.cell?.cpu !== 0.125) return [one];
      if (one.round === 1) return one.start === 2 ? [] : [one];
      return [exhausted(one)];
    });
    const changed = await makeResults({ ...run, records });
    const cell = changed.grid?.cells.find(({ subject, cpu }) => subject === 'pair-http' && cpu === 0.125);
    expect(cell).toMatchObject({ starts: [expect.any(Number), null, expect.any(Number)], generatorLimited: 3 });
    const { table, notes } = gridSection(changed) ?? {};
    expect(table?.rows).toContainEqual(expect.arrayContaining(['pair-http', '12.5%', '0%', '2 of 3']));
    expect(notes).toContainEqual(expect.stringMatching(/^\* .* generator/));
  });

  it('takes a probe for held whose requests left late and came back in time, not one of a lower rate', () => {
    const [probe] = run.records.filter((one) => one.kind === 'window' && one.experiment === 'grid' && one.round === 1);
    if (probe?.kind !== 'window') throw new Error('expected a probe, got none');
    expect(ownFault(late(probe))).toMatch(/late/);
    expect(keepsObjective(late(probe))).toBe(true);
    expect(keepsObjective(exhausted(probe))).toBe(false);
    const { intendedUs, sentUs, firstByteUs, lastByteUs } = probe.requests;
    const earlier = intendedUs.map((us) => us - 40_000);
    const stalled = { ...probe, requests: { intendedUs: earlier, sentUs, firstByteUs, lastByteUs } };
    expect(faultOf(stalled)).toMatch(/^the generator sent \d+ of \d+ overruns late$/);
    const slow = { ...probe, requests: { intendedUs: earlier, sentUs: earlier, firstByteUs, lastByteUs } };
    expect([faultOf(slow), keepsObjective(slow)]).toEqual([null, false]);
  });

  it('finds from which model time on the native predictor wins, and that the hop alone never does', () => {
    const [native] =
      crossing?.crossings.filter(({ subject, metric }) => subject === 'pair-native' && metric === 'latencyP50Ms') ?? [];
    expect(native?.estimate).toBeCloseTo(run.crossingMs, 1);
    const never = crossing?.crossings.filter(({ subject }) => subject === 'pair-rpc') ?? [];
    expect(never.map(({ starts }) => starts)).toEqual([Array(3).fill('never'), Array(3).fill('never')]);
  });

  it('maps which serves most a core: one Worker for short models and for cheap requests, native for long ones', () => {
    const winner = (cheapShare: number, workload: string) =>
      crossing?.winners.find((one) => one.cheapShare === cheapShare && one.workload === workload);
    expect(winner(0, 'auto-mpg')).toMatchObject({ winner: 'combined', isSure: true });
    expect(winner(0, 'digits-x256-binary')).toMatchObject({ winner: 'pair-native', isSure: true });
  });

  it('is told in sections, one picture of four charts, and an answer of its own', async () => {
    const ids = sectionsOf(results).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['grid', 'usl', 'crossing', 'platform']));
    expect(gridSection(results)?.pictures).toHaveLength(4);
    expect(gridSection(results)?.notes).toContainEqual(
      expect.stringMatching(
        /^At an equal total of 100% of a core, 50% cheap: combined(-x4)? 7,752, .*pair-http-2x2 2,907/,
      ),
    );
    expect(gridAnswer(results)?.[0]).toMatchObject({
      kind: 'answer',
      text: expect.stringMatching(/0% cheap: combined/),
    });
    const page = renderBody({ results, opening: gridAnswer(results) ?? [], advice: null });
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
    for (const { table } of sectionsOf(results))
      for (const row of table.rows) expect(row).toHaveLength(table.head.length);
  });
});
