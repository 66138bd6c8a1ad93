/**
 * The self-test's checks in short, on real sockets and with the real load generator. What they show here is structure: a delay
 * is there, a stall is seen by one loop and hidden by the other. Other tests run meanwhile, which can only make answers
 * later: what is judged closely is that nothing comes too early.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureFloors, measureKnownDelay } from '../../bench/selftest/delay-check.ts';
import { type Lab, openLab } from '../../bench/selftest/lab.ts';
import { measurePairs } from '../../bench/selftest/pairs.ts';
import { measureQueue } from '../../bench/selftest/queue-check.ts';
import { measureStall } from '../../bench/selftest/stall-check.ts';
import { hasWrk, wrkP50Ms } from '../../bench/selftest/wrk.ts';
import { compare } from '../../bench/stats/compare.ts';

/** How much later than on a quiet machine half of the answers may come, in milliseconds. */
const BUSY_MS = 50;

let lab: Lab;

beforeAll(async () => {
  lab = await openLab({ cores: null, repeats: 0 });
});

afterAll(() => lab.close());

describe('the load generator', () => {
  it('measures a known delay of 10 ms with both clients and in both loops', async () => {
    const floors = await measureFloors(lab, 200);
    const measured = await measureKnownDelay(lab, { delayMs: 10, ratePerS: 50, closedMs: 400, openMs: 600, floors });
    expect(measured.map(({ client, loop }) => `${client} ${loop}`)).toEqual([
      'fetch closed loop',
      'undici closed loop',
      'fetch 50/s',
      'undici 50/s',
    ]);
    for (const { p50Ms, serverP50Ms, floorMs, failures } of measured) {
      expect(failures).toBe(0);
      expect(serverP50Ms).toBeGreaterThanOrEqual(10);
      expect(p50Ms).toBeGreaterThanOrEqual(9.998);
      expect(p50Ms).toBeLessThan(10 + BUSY_MS);
      expect(floorMs).toBeGreaterThan(0);
      expect(floorMs).toBeLessThan(BUSY_MS);
    }
  });

  it('sees a stall of 300 ms in an open loop, and not in a closed one', async () => {
    const stall = await measureStall(lab, { delayMs: 2, afterMs: 500, stallMs: 300, ratePerS: 100, durationMs: 1500 });
    expect(stall.failures).toBe(0);
    // 30 of 149 requests fall into it; the second longest waits for all but 10 ms of it.
    expect(stall.expectedP99Ms).toBeCloseTo(292, 6);
    expect(stall.openP99Ms).toBeGreaterThan(270);
    expect(stall.openP99Ms).toBeLessThan(300 + 20 * BUSY_MS);
    expect(stall.closedP99Ms).toBeLessThan(stall.openP99Ms / 2);
  });

  it('measures the response times of a queue and not its service times', async () => {
    const check = { serviceMs: 4, ratePerS: 150, durationMs: 1500, seed: 5, floorMs: 0.3 };
    const { computed, measured, failures } = await measureQueue(lab, check);
    expect(failures).toBe(0);
    expect(computed.p90).toBeGreaterThan(8);
    for (const key of ['p50', 'p90', 'mean'] as const) {
      expect(measured[key]).toBeGreaterThanOrEqual(computed[key] - 0.002);
      expect(measured[key]).toBeLessThan(computed[key] + 20 * BUSY_MS);
    }
  });
});

describe('the comparison', () => {
  it('pairs windows of fresh servers by start and round, and sees which of both is slower', async () => {
    const behaviour = (delayMs: number) => ({ kind: 'delay', delayMs }) as const;
    const sizes = { starts: 3, rounds: 2, windowMs: 200, warmUpMs: 50, seed: 3 };
    const started: number[] = [];
    const check = { a: behaviour(1), b: behaviour(61), ...sizes };
    const { units, serversDeltaMs } = await measurePairs(lab, check, (start) => started.push(start));
    expect(started).toEqual([1, 2, 3]);
    expect(units.map(({ a, b }) => [a.length, b.length])).toEqual(Array(3).fill([2, 2]));
    for (const { b } of units) expect(Math.min(...b)).toBeGreaterThanOrEqual(60.998);
    expect(serversDeltaMs).toBeGreaterThan(60 - BUSY_MS);
    expect(compare(units, { lowerIsBetter: true, marginFloor: 0 })?.delta.estimate).toBeGreaterThan(0);
  });
});

describe('a known server', () => {
  it('ends when the check that it was started for breaks off', async () => {
    let pid = 0;
    const job = lab.withServer({ kind: 'delay', delayMs: 0 }, async (server) => {
      pid = server.pid;
      throw new Error('broken off');
    });
    await expect(job).rejects.toThrow('broken off');
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });

  it.runIf(hasWrk())('is measured by wrk as well', async () => {
    const p50Ms = await lab.withServer({ kind: 'delay', delayMs: 10 }, ({ url }) =>
      wrkP50Ms({ url, durationS: 1, core: lab.cores?.client ?? null }),
    );
    expect(p50Ms).toBeGreaterThanOrEqual(9.9);
    expect(p50Ms).toBeLessThan(10 + BUSY_MS);
  });
});
