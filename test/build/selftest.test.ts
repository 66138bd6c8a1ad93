/**
 * The self-test's checks in short, on real sockets and with the real load generator. What they show here is structure: a delay
 * is there, a stall is seen by one loop and hidden by the other. Other tests run meanwhile, which can only make answers
 * later: what is judged closely is that nothing comes too early.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkAgreement, hasWrk } from '../../bench/selftest/clients.ts';
import { measurePairs } from '../../bench/selftest/comparison.ts';
import type { Finding } from '../../bench/selftest/finding.ts';
import { type Lab, openLab } from '../../bench/selftest/lab.ts';
import { type Case, checkCase, delayCases, queueCase, stallCases } from '../../bench/selftest/latency.ts';
import { compare } from '../../bench/stats/compare.ts';

/** How much later than on a quiet machine half of the answers may come, in milliseconds. */
const BUSY_MS = 50;

let lab: Lab;

/** The figures of a finding by the first words of their names. */
function got({ figures }: Finding): Record<string, number> {
  return Object.fromEntries(figures.map((figure) => [figure.name.split(',')[0], figure.got]));
}

async function check(cases: readonly Case[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const one of cases) findings.push(await checkCase(lab, one));
  return findings;
}

beforeAll(async () => {
  lab = await openLab(null, 0);
});

afterAll(() => lab.close());

describe('the load generator', () => {
  it('measures a known delay of 10 ms with both clients and in both loops', async () => {
    const findings = await check(delayCases(10, { ratePerS: 50, durationMs: 600 }));
    expect(findings.map(({ check }) => check.split(', ').slice(1).join(' '))).toEqual([
      'closed loop fetch',
      'closed loop undici',
      '50/s fetch',
      '50/s undici',
    ]);
    for (const finding of findings) {
      const figures = got(finding);
      expect(figures['requests without a right answer']).toBe(0);
      expect(figures.p50).toBeGreaterThanOrEqual(9.998);
      expect(figures.p50).toBeLessThan(10 + BUSY_MS);
    }
  });

  it('sees a stall of 300 ms in an open loop, and not in a closed one', async () => {
    const stall = { delayMs: 2, afterMs: 500, stallMs: 300 };
    const findings = await check(stallCases(stall, { ratePerS: 100, durationMs: 1500 }));
    const [open, closed] = findings.map(({ figures: [p99] }) => p99);
    expect(findings.map(({ figures }) => figures[1]?.got)).toEqual([0, 0]);
    // 30 of 149 requests fall into it; the second longest waits for all but 10 ms of it.
    expect((open?.high ?? 0) / 1.1).toBeCloseTo(292, 6);
    expect(open?.got).toBeGreaterThan(270);
    expect(open?.got).toBeLessThan(300 + 20 * BUSY_MS);
    expect(closed?.got).toBeLessThan((open?.got ?? 0) / 2);
  });

  it('measures the response times of a queue and not its service times', async () => {
    const { figures } = await checkCase(lab, queueCase(4, { ratePerS: 150, durationMs: 1500 }));
    expect(figures.map(({ name }) => name)).toEqual([
      'p50, ms',
      'p90, ms',
      'mean, ms',
      'requests without a right answer',
    ]);
    expect(figures[1]?.low).toBeGreaterThan(8);
    expect(figures[3]?.got).toBe(0);
    for (const { got, low } of figures.slice(0, 3)) {
      expect(got).toBeGreaterThanOrEqual(low);
      expect(got).toBeLessThan(low + 20 * BUSY_MS);
    }
  });
});

describe('the comparison', () => {
  it('pairs windows of fresh servers by start and round, and sees which of both is slower', async () => {
    const load = { kind: 'closed', connections: 1 } as const;
    const sizes = { load, starts: 3, rounds: 2, windowMs: 200, warmUpMs: 50, seed: 3 };
    const started: number[] = [];
    const check = { a: { delayMs: 1 }, b: { delayMs: 61 }, ...sizes };
    const { units } = await measurePairs(lab, check, (share) => started.push(share));
    expect(started).toEqual([0, 1 / 3, 2 / 3]);
    expect(units.map(({ a, b }) => [a.length, b.length])).toEqual(Array(3).fill([2, 2]));
    for (const { b } of units) expect(Math.min(...b)).toBeGreaterThanOrEqual(60.998);
    expect(compare(units, { lowerIsBetter: true, marginFloor: 0 })?.delta.estimate).toBeGreaterThan(0);
  });
});

describe('a known server', () => {
  it('ends when the check that it was started for breaks off', async () => {
    let url = '';
    const job = lab.withServer({ delayMs: 0 }, async (server) => {
      url = server.url;
      await fetch(url);
      throw new Error('broken off');
    });
    await expect(job).rejects.toThrow('broken off');
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  it.runIf(hasWrk())('is measured by wrk as well', async () => {
    const { check, figures } = await checkAgreement(lab, 10, 1, 1);
    expect(figures).toHaveLength(2);
    const wrkMs = Number(/whose p50 is ([\d.]+) ms/.exec(check)?.[1]);
    expect(wrkMs).toBeGreaterThanOrEqual(9.9);
    expect(wrkMs).toBeLessThan(10 + BUSY_MS);
    for (const figure of figures) expect(figure.got).toBeGreaterThanOrEqual(9.998);
  });
});
