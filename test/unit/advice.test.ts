import { beforeAll, describe, expect, it } from 'vitest';
import { decide, outlookOf } from '../../bench/advice/decide.ts';
import { type AdviceFacts, adviceFacts } from '../../bench/advice/facts.ts';
import { DEFAULT_SITUATION, type Situation } from '../../bench/advice/situation.ts';
import { makeResults } from '../../bench/analysis/make-results.ts';
import { dollarsPerMillion, fitsFreePlan, monthlyRequests, paidDollars } from '../../bench/analysis/prices.ts';
import type { Results } from '../../bench/analysis/results.ts';
import { syntheticRun } from '../support/run-records.ts';

const SECONDS_PER_WEEK = 7 * 86_400;

let results: Results;
let facts: AdviceFacts;
beforeAll(async () => {
  results = await makeResults(syntheticRun());
  facts = adviceFacts(results);
});

function at(change: Partial<Situation>): Situation {
  return { ...DEFAULT_SITUATION, ...change };
}

describe('the price list', () => {
  it('is that of the examples of the vendor', () => {
    expect(paidDollars({ requests: 15e6, cpuMs: 7 })).toBeCloseTo(8, 10);
    expect(paidDollars({ requests: 100e6, cpuMs: 7 })).toBeCloseTo(45.4, 10);
    expect(paidDollars({ requests: 720, cpuMs: 180_000 })).toBeCloseTo(6.992, 10);
    expect(paidDollars({ requests: 0, cpuMs: 0 })).toBe(5);
  });

  it('takes 0.30 dollars a million requests and 0.02 a million milliseconds beyond what is included', () => {
    expect(dollarsPerMillion({ cpuMs: 0.5 })).toBeCloseTo(0.31, 12);
    expect(paidDollars({ requests: 101e6, cpuMs: 7 }) - paidDollars({ requests: 100e6, cpuMs: 7 })).toBeCloseTo(
      dollarsPerMillion({ cpuMs: 7 }),
      10,
    );
  });

  it('has a free plan of 100,000 requests a day and 10 ms', () => {
    const requests = monthlyRequests(100_000 / 86_400);
    expect(requests).toBeCloseTo(3_043_750, 3);
    expect(fitsFreePlan({ requests: requests - 1, cpuMs: 10 })).toBe(true);
    expect(fitsFreePlan({ requests: requests + 1, cpuMs: 10 })).toBe(false);
    expect(fitsFreePlan({ requests: 1, cpuMs: 10.1 })).toBe(false);
  });
});

describe('the facts', () => {
  it('are the figures that are true of the synthetic arms', () => {
    expect(facts.hopMs?.estimate).toBeCloseTo(0.3, 2);
    expect(facts.hopCpuMs?.estimate).toBeCloseTo(0.12, 2);
    expect(facts.cpuMs.one).toBeCloseTo(0.5, 2);
    expect(facts.modelMs).toBeCloseTo(0.3, 2);
    expect(facts.coldDeltaMs?.estimate).toBeCloseTo(20, 0);
    expect(facts.workers).toEqual({
      combined: { startupMs: 21, memoryMb: 11 },
      gateway: { startupMs: 8, memoryMb: 3 },
      predictor: { startupMs: 19, memoryMb: 11 },
    });
    expect(facts.p99?.isOpenLoop).toBe(true);
    expect(facts.maxRate.one).toBeCloseTo(1340, 0);
  });

  it('survive JSON', () => {
    expect(JSON.parse(JSON.stringify(facts))).toEqual(facts);
  });

  it('leave out what is invalid, with the reason', () => {
    const comparisons = results.comparisons.map((one) => ({ ...one, verdict: 'invalid' as const, reason: 'spoiled' }));
    const invalid = adviceFacts({ ...results, comparisons });
    expect(invalid).toMatchObject({ hopMs: null, hopCpuMs: null, whyNoHop: 'spoiled' });
    expect(adviceFacts({ ...results, comparisons: [] }).whyNoHop).toBe('combined and pair-rpc were not compared');
  });
});

describe('the answer', () => {
  it('is one Worker for one team, because requests wait less', () => {
    expect(decide(facts, DEFAULT_SITUATION)).toEqual({ answer: 'one', ground: 'waiting' });
  });

  it('is two Workers for two teams, and for two Workers with one model', () => {
    expect(decide(facts, at({ teams: 2 }))).toEqual({ answer: 'two', ground: 'teams' });
    expect(decide(facts, at({ gateways: 2 }))).toEqual({ answer: 'two', ground: 'sharing' });
  });

  it('is what meets the objective, whoever releases', () => {
    const p99 = facts.p99;
    if (p99 === null) throw new Error('expected a p99');
    const between = (p99.one.ci95[1] + p99.two.ci95[0]) / 2;
    expect(decide(facts, at({ teams: 2, sloMs: between }))).toEqual({ answer: 'one', ground: 'objective' });
    expect(decide(facts, at({ sloMs: p99.one.ci95[0] / 2 })).answer).toBe('neither');
    expect(decide(facts, at({ sloMs: p99.one.estimate }))).toEqual({ answer: 'open', ground: 'objective' });
    expect(decide(facts, at({ sloMs: p99.one.estimate, modelMs: 0 })).answer).toBe('one');
  });

  it('is what fits the memory of an isolate', () => {
    expect(decide(facts, at({ modelMb: 128 })).answer).toBe('one');
    expect(decide(facts, at({ modelMb: 129 }))).toEqual({ answer: 'neither', ground: 'memory' });
    const larger = { ...facts, workers: { ...facts.workers, combined: { startupMs: 21, memoryMb: 14 } } };
    expect(decide(larger, at({ modelMb: 126 }))).toEqual({ answer: 'two', ground: 'memory' });
  });

  it('is two Workers where releases save more than the hop takes, by hand', () => {
    // 10 releases a week x 20 isolates x (21 - 8 - 2) ms saved at least, against 0.31 ms a request at most.
    const quiet = at({ edgeReleases: 10, modelReleases: 0, idleStarts: 0, ratePerS: 6000 / SECONDS_PER_WEEK });
    expect(decide(facts, quiet)).toEqual({ answer: 'two', ground: 'waiting' });
    // 3,000 ms at most, against 0.297 ms a request at least.
    expect(decide(facts, { ...quiet, ratePerS: 10_200 / SECONDS_PER_WEEK }).answer).toBe('one');
    expect(decide(facts, { ...quiet, ratePerS: 8000 / SECONDS_PER_WEEK }).answer).toBe('open');
    expect(decide(facts, { ...quiet, idleStarts: 10 }).answer).toBe('one');
  });

  it('is one Worker without releases, whatever the hop', () => {
    expect(decide({ ...facts, hopMs: null }, at({ edgeReleases: 0, modelReleases: 0 })).answer).toBe('one');
  });

  it('is of the hop that is given', () => {
    const quiet = at({ edgeReleases: 10, modelReleases: 0, idleStarts: 0, ratePerS: 6000 / SECONDS_PER_WEEK });
    expect(decide(facts, { ...quiet, hopMs: 0.6 })).toEqual({ answer: 'one', ground: 'waiting' });
    expect(decide({ ...facts, hopMs: null }, { ...quiet, hopMs: 0.3 })).toEqual({ answer: 'two', ground: 'waiting' });
  });

  it('is open where the run does not say', () => {
    expect(decide({ ...facts, hopMs: null }, DEFAULT_SITUATION)).toEqual({ answer: 'open', ground: 'waiting' });
    expect(decide({ ...facts, hopMs: { estimate: 0, ci95: [-0.02, 0.02] } }, DEFAULT_SITUATION).answer).toBe('open');
  });
});

describe('the CPU of a request', () => {
  it('follows the model and the share of cheap requests', () => {
    const { cpuMs } = outlookOf(facts, at({ modelMs: 10.3, cheapShare: 50 }));
    expect(cpuMs.one).toBeCloseTo(0.5 * 10.5 + 0.5 * 0.2, 1);
    expect((cpuMs.two ?? 0) - (cpuMs.one ?? 0)).toBeCloseTo(0.06, 2);
  });
});
