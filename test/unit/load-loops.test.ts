import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LoopResult, runClosedLoop, runOpenLoop, TIMEOUT_MS } from '../../bench/load/loops.ts';
import { makeSchedule, payloadSequence } from '../../bench/load/schedule.ts';
import { quantile } from '../../bench/stats/distributions.ts';
import type { Objective } from '../../bench/stats/max-rate.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { PAYLOAD, RIGHT, type VirtualServerOptions, virtualServer } from '../support/virtual-server.ts';

const next = () => PAYLOAD;

type ServerOptions = Omit<VirtualServerOptions, 'clock'>;

function runOpen(scheduleUs: readonly number[], server: ServerOptions, objective?: Objective): Promise<LoopResult> {
  const clock = new VirtualClock();
  return clock.run(runOpenLoop({ clock, client: virtualServer({ clock, ...server }), next, scheduleUs, objective }));
}

function runClosed(connections: number, durationMs: number, server: ServerOptions): Promise<LoopResult> {
  const clock = new VirtualClock();
  return clock.run(
    runClosedLoop({ clock, client: virtualServer({ clock, ...server }), next, connections, durationMs }),
  );
}

function responseUs({ requests: { intendedUs, lastByteUs } }: LoopResult): number[] {
  return lastByteUs.map((last, i) => last - (intendedUs[i] ?? 0));
}

/** Lindley's recursion: a request waits for what is left of the work before it. */
function lindley(arrivalsUs: readonly number[], serviceUs: (index: number) => number): number[] {
  let freeUs = 0;
  return arrivalsUs.map((arrival, i) => {
    freeUs = Math.max(freeUs, arrival) + serviceUs(i);
    return freeUs - arrival;
  });
}

describe('an open loop', () => {
  it('sends every request at the very time that it is due', async () => {
    const scheduleUs = makeSchedule({ arrivals: 'poisson', ratePerS: 500, durationMs: 2000, seed: 3 });
    const { requests, failures, elapsedMs } = await runOpen(scheduleUs, { serviceUs: () => 3000 });
    expect(requests.intendedUs).toEqual(scheduleUs);
    expect(requests.sentUs).toEqual(scheduleUs);
    expect(failures).toEqual([]);
    expect(elapsedMs).toBeGreaterThan(2000);
  });

  it('measures what Lindley says of a queue, for any arrivals and service times', async () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(gaps, fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 60 }), async (gap, service) => {
        let at = 0;
        const scheduleUs = gap.map((us) => {
          at += us;
          return at;
        });
        const serviceUs = (index: number) => service[index] ?? 1;
        const result = await runOpen(scheduleUs, { serviceUs });
        expect(responseUs(result)).toEqual(lindley(scheduleUs, serviceUs));
      }),
      { numRuns: 40 },
    );
  });

  it('shows a stall of 2 s in 10 s, which a closed loop hides', async () => {
    const stall = { serviceUs: () => 2500, stallUs: [4e6, 6e6] } as const;
    const scheduleUs = makeSchedule({ arrivals: 'constant', ratePerS: 100, durationMs: 10_000, seed: 1 });
    const p99Ms = (result: LoopResult) => (quantile(responseUs(result), 0.99) ?? 0) / 1000;
    const open = p99Ms(await runOpen(scheduleUs, stall));
    const closed = p99Ms(await runClosed(1, 10_000, stall));
    expect(closed).toBe(2.5);
    // 200 of 1,000 requests fall into the stall, the first waits for all of it; the tenth longest is the 99th percentile.
    expect(open).toBeGreaterThan(1900);
    expect(open).toBeLessThan(2000);
  });

  it('with an objective ends once too many requests are over it, and not before, or one fails', async () => {
    const scheduleUs = Array.from({ length: 1307 }, (_, i) => (i + 1) * 10_000);
    const sent = async (slow: number, broken: number) => {
      const result = await runOpen(
        scheduleUs,
        {
          serviceUs: (index) => (index < slow ? 6000 : 1000),
          answer: (index) => ({ ...RIGHT, status: index >= 100 && index < 100 + broken ? 503 : 200 }),
        },
        { percentile: 0.99, ms: 5 },
      );
      return result.requests.sentUs.length;
    };
    expect(await sent(5, 0)).toBe(1307);
    expect(await sent(6, 0)).toBe(6);
    expect(await sent(5, 1)).toBe(101);
  });

  it('too short for its objective is not cut off at its first request', async () => {
    const { requests } = await runOpen([1000, 2000], { serviceUs: () => 100 }, { percentile: 0.99, ms: 5 });
    expect(requests.sentUs).toHaveLength(2);
  });

  it('keeps wrong answers, failed connections and answers that never come, with the time each of them took', async () => {
    const answers = [RIGHT, { ...RIGHT, status: 404, bytes: new TextEncoder().encode('none') }];
    const result = await runOpen([1000, 2000, 3000], {
      serviceUs: (index) => (index === 2 ? 1000 * TIMEOUT_MS * 5 : 100),
      answer: (index) => answers[index] ?? RIGHT,
    });
    expect(result.failures).toEqual([
      [1, 'wrong', 404],
      [2, 'timeout'],
    ]);
    expect(result.firstFailure).toBe('404 none');
    expect(responseUs(result)).toEqual([100, 100, 1000 * TIMEOUT_MS]);
    const broken = await runOpen([5], { serviceUs: () => 1, answer: () => ({ ...RIGHT, status: 503 }) });
    expect(broken.failures).toEqual([[0, 'failed', 503]]);
    const gone = await runOpen([5], {
      serviceUs: () => 1,
      answer: () => Promise.reject(new Error('connect ECONNREFUSED')),
    });
    expect([gone.failures, gone.firstFailure]).toEqual([[[0, 'failed']], 'connect ECONNREFUSED']);
  });
});

describe('a closed loop', () => {
  it('has as many requests under way as it has connections, until the time is up', async () => {
    const { requests, failures, elapsedMs } = await runClosed(4, 100, { serviceUs: () => 1000 });
    expect(failures).toEqual([]);
    expect(requests.intendedUs).toEqual(requests.sentUs);
    // One server: an answer each millisecond, and three requests that wait at the end.
    expect(elapsedMs).toBe(103);
    expect(requests.sentUs).toHaveLength(103);
    expect(responseUs({ requests, failures, elapsedMs, firstFailure: null }).slice(10, 20)).toEqual(
      Array(10).fill(4000),
    );
  });

  it('ends when its server hangs', async () => {
    const result = await runClosed(2, 100, { serviceUs: () => 1e9 });
    expect(result.failures).toEqual([
      [0, 'timeout'],
      [1, 'timeout'],
    ]);
    expect(result.elapsedMs).toBe(100 + TIMEOUT_MS);
  });
});

describe('a schedule', () => {
  it('is the same for the same seed, and another one for another', () => {
    const options = { arrivals: 'poisson', ratePerS: 1000, durationMs: 500 } as const;
    expect(makeSchedule({ ...options, seed: 9 })).toEqual(makeSchedule({ ...options, seed: 9 }));
    expect(makeSchedule({ ...options, seed: 9 })).not.toEqual(makeSchedule({ ...options, seed: 10 }));
  });

  it('of a Poisson process has exponential gaps: mean, deviation and median', () => {
    const times = makeSchedule({ arrivals: 'poisson', ratePerS: 1000, durationMs: 100_000, seed: 123_456_789 });
    const gaps = times.map((time, i) => time - (times[i - 1] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    // 100,000 arrivals: four standard errors are 1.3% of the mean, and 2.6% of the deviation.
    expect(times.length / 100_000).toBeCloseTo(1, 1.5);
    expect(Math.abs(mean / 1000 - 1)).toBeLessThan(0.013);
    expect(Math.abs(deviation / 1000 - 1)).toBeLessThan(0.026);
    expect(Math.abs((quantile(gaps, 0.5) ?? 0) / (1000 * Math.LN2) - 1)).toBeLessThan(0.02);
  });

  it('of constant arrivals has equal gaps', () => {
    expect(makeSchedule({ arrivals: 'constant', ratePerS: 250, durationMs: 20, seed: 1 })).toEqual([
      4000, 8000, 12000, 16000,
    ]);
  });

  it('draws payloads evenly, and in the same order for the same seed', () => {
    const draw = (seed: number) => Array.from({ length: 3000 }, payloadSequence(['a', 'b', 'c'], seed));
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
    for (const item of ['a', 'b', 'c']) {
      expect(Math.abs(draw(5).filter((other) => other === item).length - 1000)).toBeLessThan(120);
    }
  });
});
