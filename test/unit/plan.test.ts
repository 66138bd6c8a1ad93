import { expect, it } from 'vitest';
import { balancedOrder, chooseProfile, defaultArms, ONLY_NAMES, seedOf } from '../../bench/experiments/plan.ts';

it('gives every place in a run a seed of its own, the same each time', () => {
  const places = [1, 2, 3].flatMap((start) => [1, 2, 3].map((round) => seedOf(7, start, round, 'sweep')));
  expect(new Set(places).size).toBe(9);
  expect(seedOf(7, 1, 2, 'sweep')).toBe(places[1]);
  expect(seedOf(8, 1, 2, 'sweep')).not.toBe(places[1]);
  for (const seed of places) expect(seed).toBeLessThan(2 ** 31);
});

it('puts every item into every position equally often', () => {
  const items = ['a', 'b', 'c', 'd'];
  const orders = [0, 1, 2, 3].map((round) => balancedOrder(items, 11, round));
  for (let position = 0; position < 4; position++) {
    expect(orders.map((order) => order[position]).sort()).toEqual(items);
  }
  const first = Array.from({ length: 40 }, (_, seed) => balancedOrder(items, seedOf(seed), 0).join(''));
  expect(new Set(first).size).toBeGreaterThan(10);
});

it('measures quickly by default, and everything by profile', () => {
  expect(chooseProfile(undefined, null)).toMatchObject({ name: 'quick', starts: 5, rounds: 3, loadShares: [] });
  const standard = chooseProfile('standard', null);
  expect(standard).toMatchObject({ starts: 10, rounds: 8, loadShares: [0.1, 0.5, 0.8], coldStarts: 30 });
  expect(standard.connections).toEqual([1, 2, 4, 8, 16, 32, 64]);
  expect([chooseProfile('full', null).faultStarts, standard.faultStarts]).toEqual([5, 0]);
  const quick = ['null', 'floor', 'combined', 'pair-rpc'];
  expect(defaultArms('standard', null)).toEqual([...quick, 'bare', 'floor-pair', 'pair-fetch', 'pair-http']);
});

it.each(ONLY_NAMES)('takes of the standard profile what %s needs, and names it so', (only) => {
  const profile = chooseProfile(undefined, only);
  expect(profile.name).toBe(only);
  const measured = {
    latency: profile.rounds > 0 && profile.payloads && profile.loadShares.length === 3,
    scalability: profile.connections.length === 7 && profile.maxRateStarts > 0 && profile.mixedStarts > 0,
    resources: profile.connections.join() === '8' && profile.footprintStarts > 0,
    'cold-start': profile.starts === 0 && profile.coldStarts === 30,
    resilience: profile.starts === 0 && profile.faultStarts === 5,
    peers: profile.starts === 5 && profile.rounds === 4,
    'scalability-grid': profile.starts === 0 && profile.grid?.cpus.join() === '0.125,0.25,0.5,0.75,1',
  };
  expect(measured[only]).toBe(true);
});
