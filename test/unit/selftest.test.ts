/** The judges of the self-test, on figures that are right and on figures that are not: every check can fail. */
import { describe, expect, it } from 'vitest';
import { crowdingFault } from '../../bench/selftest/crowding.ts';
import { judgeAgreement, showFloors } from '../../bench/selftest/judge-clients.ts';
import { judgeControl, judgeLive, judgeRelabelled } from '../../bench/selftest/judge-comparison.ts';
import { judgeKnownDelay, judgeQueue, judgeStall } from '../../bench/selftest/judge-latency.ts';
import { highRateOf, judgeHighRate } from '../../bench/selftest/judge-rate.ts';
import type { Window } from '../../bench/selftest/lab.ts';
import { lindley } from '../../bench/selftest/lindley.ts';
import { judged, skipped } from '../../bench/selftest/line.ts';
import { renderSelftest } from '../../bench/selftest/render.ts';
import { readP50Ms } from '../../bench/selftest/wrk.ts';

const FINE = { failures: 0, spoiled: null };
const SPOILED = 'the generator was late';

describe('the judge of a known delay', () => {
  const right = {
    client: 'undici',
    loop: 'closed loop',
    delayMs: 10,
    floorMs: 0.3,
    p50Ms: 10.4,
    serverP50Ms: 10.01,
    ...FINE,
  };

  it('takes a median from the delay to the floor and 2 ms above it', () => {
    for (const p50Ms of [10, 10.4, 12.3]) expect(judgeKnownDelay({ ...right, p50Ms })).toMatchObject({ ok: true });
  });

  it.each([
    ['less than the server takes', { p50Ms: 9.9 }],
    ['much more', { p50Ms: 12.4 }],
    ['no number', { p50Ms: Number.NaN }],
    ['requests without a right answer', { failures: 1 }],
    ['no floor to compare with', { floorMs: Number.NaN }],
  ])('refuses %s', (_, wrong) => {
    expect(judgeKnownDelay({ ...right, ...wrong })).toMatchObject({ ok: false, outcome: 'FAILED' });
  });

  it('holds nothing against the benchmark when the window was spoiled, and takes what is right in spite of it', () => {
    expect(judgeKnownDelay({ ...right, p50Ms: 20, spoiled: SPOILED })).toMatchObject({ ok: null, outcome: 'skipped' });
    expect(judgeKnownDelay({ ...right, spoiled: SPOILED })).toMatchObject({ ok: true });
  });
});

describe('the judge of a stall', () => {
  const right = { stallMs: 2000, expectedP99Ms: 1910, openP99Ms: 1930, closedP99Ms: 3, ...FINE };

  it('takes an open loop that shows it and a closed loop that hides it', () => {
    expect(judgeStall(right)).toMatchObject({ ok: true });
  });

  it.each([
    ['an open loop that hides it: coordinated omission', { openP99Ms: 3 }],
    ['an open loop that shows twice as much', { openP99Ms: 3800 }],
    ['a closed loop that shows it, which is no closed loop', { closedP99Ms: 1900 }],
    ['requests without a right answer', { failures: 200 }],
  ])('refuses %s', (_, wrong) => {
    expect(judgeStall({ ...right, ...wrong })).toMatchObject({ ok: false });
  });
});

describe('the judge of a queue', () => {
  const computed = { p50: 5.8, p90: 14, mean: 7.6 };
  const right = {
    serviceMs: 4,
    ratePerS: 150,
    computed,
    measured: { p50: 6.3, p90: 14.6, mean: 8.1 },
    floorMs: 0.3,
    ...FINE,
  };

  it('takes what the recursion says, and the floor and 2 ms more', () => {
    expect(judgeQueue(right)).toMatchObject({ ok: true });
    expect(judgeQueue({ ...right, measured: computed })).toMatchObject({ ok: true });
  });

  it.each([
    ['service times in place of response times', { p50: 4.3, p90: 4.4, mean: 4.3 }],
    ['a median that is too low', { ...right.measured, p50: 5.7 }],
    ['a tail that is too long', { ...right.measured, p90: 16.4 }],
    ['a mean that is too high', { ...right.measured, mean: 10 }],
  ])('refuses %s', (_, measured) => {
    expect(judgeQueue({ ...right, measured })).toMatchObject({ ok: false });
  });
});

it("Lindley's recursion on a queue that is easily followed", () => {
  // Free at 5, 9, 13; then idle until 20.
  expect(lindley([1, 2, 3, 20], 4)).toEqual([4, 7, 10, 4]);
  expect(lindley([], 4)).toEqual([]);
});

it('the judge of agreement takes a tenth to either side, and of fetch a fifth', () => {
  const right = { client: 'undici', delayMs: 10, p50Ms: 10.5, wrkP50Ms: 10.2, spoiled: null } as const;
  expect(judgeAgreement(right)).toMatchObject({ ok: true });
  expect(judgeAgreement({ ...right, p50Ms: 11.3 })).toMatchObject({ ok: false });
  expect(judgeAgreement({ ...right, p50Ms: 9.1 })).toMatchObject({ ok: false });
  expect(judgeAgreement({ ...right, client: 'fetch', p50Ms: 11.6 })).toMatchObject({ ok: true });
  expect(judgeAgreement({ ...right, client: 'fetch', p50Ms: 12.3 })).toMatchObject({ ok: false });
  expect(judgeAgreement({ ...right, p50Ms: Number.NaN })).toMatchObject({ ok: false });
  expect(judgeAgreement({ ...right, p50Ms: 20, spoiled: SPOILED })).toMatchObject({ ok: null });
  expect(showFloors({ wrk: 0.1, undici: 0.2 })).toMatchObject({ ok: null, outcome: 'shown' });
});

describe("what is read of wrk's print", () => {
  const printed = (p50: string) =>
    `  Latency Distribution\n     50%   ${p50}\n     75%   11.00ms\n  100 requests in 1.00s\n`;

  it.each([
    ['187.00us', 0.187],
    ['10.21ms', 10.21],
    ['1.50s', 1500],
  ])('is the median: %s', (text, expected) => {
    expect(readP50Ms(printed(text))).toBeCloseTo(expected, 9);
  });

  it('is nothing when an answer was wrong, or there is no median', () => {
    expect(() => readP50Ms(`${printed('1.00ms')}  Non-2xx or 3xx responses: 5\n`)).toThrow(/expected a median/);
    expect(() => readP50Ms(`${printed('1.00ms')}  Socket errors: connect 1, read 0\n`)).toThrow(/expected a median/);
    expect(() => readP50Ms('unable to connect')).toThrow(/expected a median/);
  });
});

describe('the judge of re-labelled starts', () => {
  it.each([0, 20, 50, 70])('takes %i differences in 1,000: 5% or less, but for chance', (count) => {
    expect(judgeRelabelled({ count, n: 1000 }, 25)).toMatchObject({ ok: true });
  });

  it.each([
    [80, 1000],
    [330, 1000],
    [0, 0],
  ])('refuses %i in %i', (count, n) => {
    expect(judgeRelabelled({ count, n }, 25)).toMatchObject({ ok: false });
  });
});

it('the judge of live comparisons refuses three differences in five, whose probability it tells', () => {
  expect(judgeLive({ found: 2, of: 5 }, 5)).toMatchObject({ ok: true, expected: expect.stringContaining('0.12%') });
  expect(judgeLive({ found: 3, of: 5 }, 5)).toMatchObject({ ok: false });
  expect(judgeLive({ found: 0, of: 0 }, 5)).toMatchObject({ ok: false });
});

describe('the judge of the positive control', () => {
  const compared = (low: number, high: number, verdict: 'slower' | 'inconclusive' | 'equivalent' | 'faster') => ({
    addedMs: 1,
    serversDeltaMs: 1.001,
    spoiled: null,
    compared: { delta: { estimate: (low + high) / 2, ci95: [low, high] as const }, verdict },
  });

  it.each([
    [0.9, 1.1],
    [1.01, 1.05],
    [0.93, 0.95],
    [1.2, 1.4],
  ])('takes an interval of %f to %f', (low, high) => {
    expect(judgeControl(compared(low, high, 'slower'))).toMatchObject({ ok: true });
  });

  it.each([
    ['an interval above', compared(1.26, 1.5, 'slower')],
    ['an interval below', compared(0.2, 0.8, 'slower')],
    ['a verdict that misses it', compared(-0.5, 2.5, 'inconclusive')],
    ['the wrong direction', compared(0.9, 1.1, 'faster')],
    ['no comparison', { ...compared(0.9, 1.1, 'slower'), compared: null }],
  ])('refuses %s', (_, figures) => {
    expect(judgeControl(figures)).toMatchObject({ ok: false });
    expect(judgeControl({ ...figures, spoiled: SPOILED })).toMatchObject({ ok: null });
  });
});

describe('the judge of a high rate', () => {
  /** 1,000 requests, one a millisecond, each sent so late and answered 0.3 ms later. */
  function window(lateUs: number, crowded: string | null = null): Window {
    const intendedUs = Array.from({ length: 1000 }, (_, i) => i * 1000);
    const sentUs = intendedUs.map((us) => us + lateUs);
    const lastByteUs = sentUs.map((us) => us + 300);
    return {
      load: { kind: 'open', arrivals: 'constant', ratePerS: 1000 },
      requests: { intendedUs, sentUs, firstByteUs: lastByteUs, lastByteUs },
      failures: [],
      firstFailure: null,
      elapsedMs: 1000,
      clientCpuMs: 700,
      spinMs: 500,
      eventLoopUtilization: 1,
      crowded,
    };
  }

  it('takes a window that is valid, and tells lag, rate, CPU and memory', () => {
    const line = judgeHighRate(highRateOf(window(50), 1000, 120.4));
    expect(line).toMatchObject({ ok: true, got: 'lag p99 0.05 ms, 1000/s sent, 20% of a core, peak memory 120 MiB' });
  });

  it('refuses a generator that is late, or wrong answers, but not when other programs held its core', () => {
    expect(judgeHighRate(highRateOf(window(5000), 1000, null))).toMatchObject({ ok: false });
    expect(judgeHighRate(highRateOf({ ...window(50), failures: [[3, 'wrong']] }, 1000, null))).toMatchObject({
      ok: false,
    });
    expect(judgeHighRate(highRateOf(window(5000, 'crowded'), 1000, null))).toMatchObject({ ok: null });
  });
});

it('a window is crowded when its core was held by others for more than 2% of it', () => {
  expect(crowdingFault(100, 110, 1000)).toBeNull();
  expect(crowdingFault(100, 150, 1000)).toMatch(/for 5% of the window/);
  expect(crowdingFault(null, 150, 1000)).toBeNull();
});

it('the text has every line, at most 100 columns, and the sums', () => {
  const long = 'word '.repeat(60).trim();
  const text = renderSelftest([
    judged({ check: 'a', ok: true, expected: long, got: long }),
    judged({ check: long, ok: false, expected: 'x', got: 'y' }),
    skipped('c', long),
    showFloors({ wrk: 0.1 }),
  ]);
  const lines = text.split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  expect(lines.filter((line) => /^(ok|FAILED|skipped|shown) /.test(line))).toHaveLength(4);
  expect(text).toMatch(/1 ok, 1 failed, 1 skipped\n$/);
  expect(lines.every((line) => line === line.trimEnd())).toBe(true);
});
