import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { adviceBlocks, mostExtraShare } from '../../bench/advice/advice.ts';
import { decide, type Flip, flipsOf, outlookOf } from '../../bench/advice/decide.ts';
import { type AdviceFacts, adviceFacts } from '../../bench/advice/facts.ts';
import { DEFAULT_SITUATION, type Situation } from '../../bench/advice/situation.ts';
import { makeResults } from '../../bench/analysis/make-results.ts';
import { monthlyRequests, paidDollars } from '../../bench/analysis/prices.ts';
import { blocksText, WIDTH } from '../../bench/report/terminal.ts';
import { syntheticRun } from '../support/run-records.ts';

let facts: AdviceFacts;
beforeAll(async () => {
  facts = adviceFacts(await makeResults(syntheticRun()));
});

const AMOUNT = (max: number) => fc.double({ min: 0, max, noNaN: true });
const SITUATIONS: fc.Arbitrary<Situation> = fc.record({
  ratePerS: fc.oneof(AMOUNT(0.01), AMOUNT(1000)),
  peakPerS: fc.constant(null),
  modelMs: fc.option(AMOUNT(40)),
  sloMs: fc.option(fc.double({ min: 0.5, max: 60, noNaN: true })),
  cheapShare: AMOUNT(100),
  edgeReleases: AMOUNT(50),
  modelReleases: AMOUNT(5),
  idleStarts: AMOUNT(20),
  isolates: fc.integer({ min: 1, max: 1000 }),
  teams: fc.integer({ min: 1, max: 3 }),
  gateways: fc.integer({ min: 1, max: 3 }),
  modelMb: fc.option(AMOUNT(200)),
  hopMs: fc.option(AMOUNT(2)),
  serverDollars: fc.option(AMOUNT(5)),
  serverRate: fc.option(fc.integer({ min: 1, max: 5000 })),
});

describe('what would flip it', () => {
  const set = (situation: Situation, { field }: Flip, value: number) =>
    decide(facts, { ...situation, [field.name]: value }).answer;

  it('flips it, to what is told', () => {
    const check = (situation: Situation) => {
      const present = decide(facts, situation).answer;
      for (const flip of flipsOf(facts, situation)) {
        expect(set(situation, flip, flip.value)).toBe(flip.answer);
        expect(flip.answer).not.toBe(present);
      }
    };
    fc.assert(fc.property(SITUATIONS, check), { numRuns: 40, seed: 1 });
  });

  it('is the nearest: on the way there the answer stays', () => {
    const check = (situation: Situation) => {
      const present = decide(facts, situation).answer;
      const flips = flipsOf(facts, situation);
      const nearest = flips.filter(
        ({ field, direction }, i) => flips.findIndex((one) => one.field === field && one.direction === direction) === i,
      );
      for (const flip of nearest) {
        const now = situation[flip.field.name];
        if (now === null || flip.field.isCount) continue;
        // A threshold is told on a grid, so the last hundredths before it say nothing, and from 0.0001 on.
        if (Math.abs(now - flip.value) < 0.15 * Math.max(now, flip.value) || flip.value === 1e-4) continue;
        for (const share of [0.25, 0.5, 0.9]) {
          expect(set(situation, flip, now + share * (flip.value - now))).toBe(present);
        }
      }
    };
    fc.assert(fc.property(SITUATIONS, check), { numRuns: 40, seed: 2 });
  });

  it('is told for the rate by hand', () => {
    const busy = { ...DEFAULT_SITUATION, edgeReleases: 10, modelReleases: 0, idleStarts: 0, ratePerS: 1 };
    const rates = flipsOf(facts, busy).filter(({ field }) => field.name === 'ratePerS');
    expect(rates.map(({ answer }) => answer)).toEqual(['open', 'two']);
    const [low = 0, high = 0] = facts.hopMs?.ci95 ?? [];
    const byHand = [(10 * 20 * 15) / low / (7 * 86_400), (10 * 20 * 11) / high / (7 * 86_400)];
    for (const [i, { value }] of rates.entries()) {
      expect(value).toBeLessThanOrEqual(byHand[i] ?? 0);
      expect(value).toBeGreaterThan(0.98 * (byHand[i] ?? 0));
    }
  });
});

it('says by how much the costs differ at most', () => {
  const check = (situation: Situation) => {
    const outlook = outlookOf(facts, situation);
    const requests = monthlyRequests(situation.ratePerS);
    const [one, two] = [outlook.cpuMs.one, outlook.cpuMs.two].map((cpuMs) =>
      paidDollars({ requests, cpuMs: cpuMs ?? 0 }),
    );
    expect(((two ?? 0) - (one ?? 0)) / (one ?? 0)).toBeLessThanOrEqual((mostExtraShare(outlook) ?? 0) + 1e-9);
  };
  fc.assert(
    fc.property(
      SITUATIONS.map((one) => ({ ...one, ratePerS: one.ratePerS * 50 })),
      check,
    ),
    { numRuns: 60, seed: 3 },
  );
});

it('renders in 100 columns, whatever the situation', () => {
  const check = (situation: Situation) => {
    for (const of of [facts, { ...facts, hopMs: null, p99: null, workers: {}, coldDeltaMs: null }]) {
      const text = blocksText(adviceBlocks(of, situation));
      expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(WIDTH);
      expect(text).not.toMatch(/NaN|undefined|Infinity|null/);
    }
  };
  fc.assert(fc.property(SITUATIONS, check), { numRuns: 15, seed: 4 });
});
