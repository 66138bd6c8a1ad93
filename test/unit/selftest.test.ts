/** The bounds of the self-test, on figures that are right and on figures that are not: every check can fail. */
import { describe, expect, it } from 'vitest';
import { lindley } from '../../bench/analysis/queue.ts';
import { makeSchedule } from '../../bench/load/schedule.ts';
import { blocksText } from '../../bench/report/terminal.ts';
import { isLikeWrk, readP50Ms } from '../../bench/selftest/clients.ts';
import { control, liveFigure, type Pairs, relabelledFigures } from '../../bench/selftest/comparison.ts';
import { type Figure, failures, findingBlocks, outcomeOf, shown } from '../../bench/selftest/finding.ts';
import { crowdingFault, type Measured } from '../../bench/selftest/lab.ts';
import { queueCase, rateCase, stallCases, timeFigure } from '../../bench/selftest/latency.ts';

const SPOILED = 'the generator was late';

function outcome(figures: readonly Figure[], spoiled: string | null = null) {
  return outcomeOf({ check: 'x', figures, spoiled });
}

describe('a finding', () => {
  const wrong = { name: 'x', got: 2, low: 0, high: 1 };

  it('is right when every figure is within its bounds', () => {
    expect(outcome([{ name: 'x', got: 1, low: 1, high: 1 }, shown('y', 7)])).toBe('ok');
    expect(outcome([shown('y', 7), wrong])).toBe('FAILED');
    expect(outcome([{ ...wrong, got: Number.NaN }])).toBe('FAILED');
    expect(outcome([shown('y', Number.NaN)])).toBe('FAILED');
  });

  it('fails without figures, as a check that breaks off has none', () => {
    expect(outcome([])).toBe('FAILED');
  });

  it('holds nothing against the benchmark when the window was spoiled, and takes what is right in spite of it', () => {
    expect(outcome([wrong], SPOILED)).toBe('skipped');
    expect(outcome([], SPOILED)).toBe('skipped');
    expect(outcome([shown('y', 7)], SPOILED)).toBe('ok');
  });

  it('is printed with all its figures, in at most 100 columns, and the sums', () => {
    const long = 'word '.repeat(60).trim();
    const text = blocksText(
      findingBlocks([
        { check: 'a', figures: [{ name: long, got: 1, low: 0, high: 2 }], spoiled: SPOILED },
        { check: long, figures: [{ name: 'x', got: 2.71751, low: 0, high: 2 }], spoiled: null },
        { check: 'c', figures: [], spoiled: long },
        { check: 'd', figures: [failures(0), shown('y', 1), { ...shown('z', 1), low: 0 }], spoiled: null },
      ]),
    );
    const lines = text.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(lines.filter((line) => /^(ok|FAILED|skipped) /.test(line))).toHaveLength(4);
    for (const line of ['- x: 2.718, expected 0 to 2', '- y: 1', '- z: 1, expected 0 or more'])
      expect(lines).toContain(line);
    expect(lines).toContain('- requests without a right answer: 0, expected 0');
    expect(text).not.toContain(SPOILED);
    expect(text).toMatch(/2 ok, 1 failed, 1 skipped$/);
  });
});

it('a known time is one from the time itself to 3 ms above it', () => {
  const at = (got: number) => outcome([timeFigure('p50', got, 10)]);
  for (const p50Ms of [9.998, 10, 10.4, 13]) expect(at(p50Ms)).toBe('ok');
  for (const p50Ms of [9.9, 13.1, Number.NaN]) expect(at(p50Ms)).toBe('FAILED');
});

it('one request without a right answer is too many', () => {
  expect(outcome([failures(0)])).toBe('ok');
  expect(outcome([failures(1)])).toBe('FAILED');
});

/** A window whose requests were due, sent and answered at these times, in microseconds. */
function window(intendedUs: number[], lastByteUs: number[], sentUs = intendedUs): Measured {
  return {
    load: { kind: 'open', arrivals: 'constant', ratePerS: 1000 },
    requests: { intendedUs, sentUs, firstByteUs: lastByteUs, lastByteUs },
    failures: [],
    firstFailure: null,
    elapsedMs: 1000,
    clientCpuMs: 700,
    spinMs: 500,
    eventLoopUtilization: 1,
    crowded: null,
    spoiled: null,
  };
}

describe('the bounds of a stall', () => {
  const stall = { delayMs: 2, afterMs: 4000, stallMs: 2000 };
  const [open, closed] = stallCases(stall, { ratePerS: 100, durationMs: 10_000 });
  const at = (p99Ms: number) => window([0], [p99Ms * 1000]);

  it('take an open loop that shows it and a closed loop that hides it', () => {
    expect(outcome(open?.read(at(1915)) ?? [])).toBe('ok');
    expect(outcome(closed?.read(at(3)) ?? [])).toBe('ok');
  });

  it.each([
    ['an open loop that hides it: coordinated omission', open, 3],
    ['an open loop that shows twice as much', open, 3800],
    ['a closed loop that shows it, which is no closed loop', closed, 1900],
  ])('refuse %s', (_, stalled, p99Ms) => {
    expect(outcome(stalled?.read(at(p99Ms)) ?? [shown('', 0)])).toBe('FAILED');
  });
});

describe('the bounds of a queue', () => {
  const queue = queueCase(4, { ratePerS: 150, durationMs: 15_000 });
  const dueUs = makeSchedule({ arrivals: 'poisson', ratePerS: 150, durationMs: 15_000, seed: queue.seed ?? 0 });
  const responses = lindley(
    dueUs.map((us) => us / 1000),
    () => 4,
  );
  /** A window whose response times are those of the queue, changed. */
  const outcomeFor = (change: (ms: number) => number) => {
    const lastByteUs = dueUs.map((us, i) => us + 1000 * change(responses[i] ?? 0));
    return outcome(queue.read(window(dueUs, lastByteUs)));
  };

  it("take what the recursion says, and the client's share", () => {
    expect(outcomeFor((ms) => ms)).toBe('ok');
    expect(outcomeFor((ms) => ms + 2.9)).toBe('ok');
  });

  it.each([
    ['service times in place of response times', () => 4.3],
    ['times that are too short', (ms: number) => ms - 0.1],
    ['a tail that is too long', (ms: number) => (ms > 12 ? ms + 4 : ms)],
    ['a mean that is too high', (ms: number) => (ms > 25 ? ms + 1000 : ms)],
  ])('refuse %s', (_, change) => {
    expect(outcomeFor(change)).toBe('FAILED');
  });
});

it('agreement with wrk is a tenth to either side, and of fetch a fifth', () => {
  const at = (client: 'undici' | 'fetch', p50Ms: number) => outcome([isLikeWrk(client, p50Ms, 10.2)]);
  expect(at('undici', 10.5)).toBe('ok');
  for (const p50Ms of [11.3, 9.1, Number.NaN]) expect(at('undici', p50Ms)).toBe('FAILED');
  expect(at('fetch', 11.6)).toBe('ok');
  expect(at('fetch', 12.3)).toBe('FAILED');
});

it("reads the median in wrk's print, and nothing when an answer was wrong or there is no median", () => {
  const printed = (p50: string, more = '') => `  Latency Distribution\n     50%   ${p50}\n     75%   11.00ms\n${more}`;
  expect(readP50Ms(printed('187.00us'))).toBeCloseTo(0.187, 9);
  expect(readP50Ms(printed('10.21ms'))).toBeCloseTo(10.21, 9);
  expect(readP50Ms(printed('1.50s'))).toBeCloseTo(1500, 9);
  for (const fault of ['  Non-2xx or 3xx responses: 5\n', '  Socket errors: connect 1, read 0\n'])
    expect(() => readP50Ms(printed('1.00ms', fault))).toThrow(/expected a median/);
  expect(() => readP50Ms('unable to connect')).toThrow(/expected a median/);
});

it.each([
  [0, 1000, 'ok'],
  [50, 1000, 'ok'],
  [70, 1000, 'ok'],
  [80, 1000, 'FAILED'],
  [330, 1000, 'FAILED'],
  [0, 0, 'FAILED'],
])('%i differences in %i re-labelled runs: 5%% or less, but for chance, is %3$s', (count, n, expected) => {
  expect(outcome(relabelledFigures(count, n))).toBe(expected);
});

it('live comparisons find at most two differences in five, and the probability of more is told', () => {
  expect(liveFigure(2, 5).name).toContain('0.12%');
  expect(outcome([liveFigure(2, 5)])).toBe('ok');
  expect(outcome([liveFigure(3, 5)])).toBe('FAILED');
  expect(outcome([liveFigure(0, 0)])).toBe('FAILED');
});

describe('the positive control', () => {
  /** Ten starts whose differences lie around a mean, evenly up to so far to either side. */
  const around = (center: number, spread: number): Pairs => ({
    units: Array.from({ length: 10 }, (_, i) => ({
      a: [3, 3],
      b: [3, 3].map((ms) => ms + center + (spread * (i - 4.5)) / 4.5),
    })),
    spoiled: null,
  });
  const none: Pairs = { units: [], spoiled: null };
  /** Means that differ by a millisecond, though ratios do not: (4 + w)(4 - w) = 9. */
  const w = Math.sqrt(7);
  const unrelated: Pairs = {
    ...none,
    units: Array.from({ length: 10 }, (_, i) => ({ a: [3, 3], b: [4 - w, 4 + w + (i - 4.5) / 100] })),
  };

  it('takes an interval that holds the millisecond', () => {
    expect(outcomeOf(control(around(1.007, 0.05), 1, 'open'))).toBe('ok');
    expect(outcomeOf(control(around(0.98, 0.05), 1, 'open'))).toBe('ok');
  });

  it.each([
    ['an interval above, as a closed loop has it', around(1.096, 0.05)],
    ['an interval below', around(0.9, 0.05)],
    ['an interval that reaches below zero', around(1, 2)],
    ['the wrong direction', around(-1, 0.05)],
    ['a difference that the comparison does not find', unrelated],
    ['no comparison', none],
  ])('refuses %s', (_, pairs) => {
    expect(outcomeOf(control(pairs, 1, 'open'))).toBe('FAILED');
    expect(outcomeOf(control({ ...pairs, spoiled: SPOILED }, 1, 'open'))).toBe('skipped');
  });

  it('in a closed loop is slower, with what both ends add', () => {
    const finding = control(around(1.096, 0.05), 1, 'closed');
    expect(outcomeOf(finding)).toBe('ok');
    expect(finding.figures[0]?.got).toBeCloseTo(1.096, 9);
    for (const pairs of [around(-1, 0.05), around(0.1, 2), unrelated, none])
      expect(outcomeOf(control(pairs, 1, 'closed'))).toBe('FAILED');
  });
});

describe('a window at a high rate', () => {
  /** 1,000 requests, one a millisecond, each sent so late and answered 0.3 ms later. */
  const late = (lateUs: number) => {
    const dueUs = Array.from({ length: 1000 }, (_, i) => i * 1000);
    const sentUs = dueUs.map((us) => us + lateUs);
    return window(
      dueUs,
      sentUs.map((us) => us + 300),
      sentUs,
    );
  };
  const { read } = rateCase(1000, 1000);

  it('is right when it is valid, and tells lag and CPU', () => {
    expect(outcome(read(late(50)))).toBe('ok');
    expect(read(late(50)).map(({ got }) => Math.round(got * 100) / 100)).toEqual([0, 0.05, 0.2]);
  });

  it('is wrong when the generator is late, or an answer wrong', () => {
    expect(outcome(read(late(5000)))).toBe('FAILED');
    expect(outcome(read({ ...late(50), failures: [[3, 'wrong']] }))).toBe('FAILED');
  });
});

it('a window is crowded when its core was held by others for more than 2% of it', () => {
  expect(crowdingFault(100, 110, 1000)).toBeNull();
  expect(crowdingFault(100, 150, 1000)).toMatch(/for 5% of the window/);
  expect(crowdingFault(null, 150, 1000)).toBeNull();
});
