import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readResilience } from '../../shared/limits.ts';
import { createBreaker } from '../../shared/resilience/breaker.ts';
import { createBulkhead } from '../../shared/resilience/bulkhead.ts';
import { LATE, within } from '../../shared/resilience/deadline.ts';
import { createRetryBudget, isUnsent } from '../../shared/resilience/retry.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';

/** A promise that the test settles. */
function held<T>() {
  return Promise.withResolvers<T>();
}

it('a call that ends in time comes to what it came to, and leaves no timer', async () => {
  const clock = createSteppedClock();
  expect(await within({ clock, limitMs: 10 }, async () => 7)).toBe(7);
  await expect(within({ clock, limitMs: 10 }, () => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  await expect(
    within({ clock, limitMs: 10 }, () => {
      throw new Error('at once');
    }),
  ).rejects.toThrow('at once');
  expect(clock.timers()).toBe(0);
});

it('a late call is ended, and its rejection afterwards is nobody’s', async () => {
  const clock = createSteppedClock();
  const { promise, reject } = held<number>();
  let aborted = 0;
  const ended = within({ clock, limitMs: 10, abort: () => aborted++ }, () => promise);
  await clock.pass(9);
  expect(aborted).toBe(0);
  await clock.pass(1);
  expect(await ended).toBe(LATE);
  expect(aborted).toBe(1);
  reject(new Error('late'));
  await clock.pass(0);
});

it('a breaker opens after failures in a row, tries now and then, and closes with an answer', () => {
  const breaker = createBreaker({ failures: 3, openMs: 100 });
  for (const ms of [0, 1]) breaker.failed(ms, ms);
  breaker.succeeded(2);
  for (const ms of [3, 4]) breaker.failed(ms, ms);
  expect([breaker.state(), breaker.admit(5)]).toEqual(['closed', 0]);
  breaker.failed(5, 6);
  expect([breaker.state(), breaker.admit(7)]).toEqual(['open', 99]);
  expect([breaker.admit(106), breaker.state()]).toEqual([0, 'half-open']);
  expect(breaker.admit(107)).toBe(99);
  breaker.failed(106, 110);
  expect([breaker.state(), breaker.admit(110)]).toEqual(['open', 96]);
  expect(breaker.admit(206)).toBe(0);
  breaker.succeeded(210);
  expect([breaker.state(), breaker.admit(210)]).toEqual(['closed', 0]);
});

it('a breaker tries again when nothing was heard of a try', () => {
  const breaker = createBreaker({ failures: 1, openMs: 100 });
  breaker.failed(0, 0);
  expect([100, 150, 200].map((ms) => breaker.admit(ms))).toEqual([0, 50, 0]);
});

it('failures of calls begun before an answer do not count: others are served meanwhile', () => {
  const breaker = createBreaker({ failures: 1, openMs: 100 });
  breaker.succeeded(50);
  breaker.failed(0, 60);
  expect(breaker.state()).toBe('closed');
});

it('a breaker that is not closed lets no more than one call through in the time between two tries', () => {
  const event = fc.record({ afterMs: fc.nat(120), kind: fc.constantFrom('admit', 'fail', 'succeed') });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 200 }), fc.integer({ min: 1, max: 5 }), (events, failures) => {
      const breaker = createBreaker({ failures, openMs: 100 });
      let nowMs = 0;
      let triedMs = Number.NEGATIVE_INFINITY;
      for (const { afterMs, kind } of events) {
        nowMs += afterMs;
        const before = breaker.state();
        if (kind === 'fail') breaker.failed(nowMs, nowMs);
        if (kind === 'succeed') breaker.succeeded(nowMs);
        if (before === 'closed' || kind === 'succeed') triedMs = Number.NEGATIVE_INFINITY;
        if (kind !== 'admit' || breaker.state() === 'closed') continue;
        const waitMs = breaker.admit(nowMs);
        if (waitMs > 0) continue;
        expect(nowMs - triedMs).toBeGreaterThanOrEqual(100);
        triedMs = nowMs;
      }
    }),
  );
});

it('a bulkhead has its places and no more, and takes those back that nobody gave back', () => {
  const step = fc.record({ afterMs: fc.nat(30), leaves: fc.option(fc.nat(20)) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 8 }), (steps, places) => {
      const bulkhead = createBulkhead({ places, leaseMs: 100 });
      const live: { place: number; sinceMs: number }[] = [];
      let nowMs = 0;
      for (const { afterMs, leaves } of steps) {
        nowMs += afterMs;
        const gone = leaves === null ? undefined : live.splice(leaves % Math.max(1, live.length), 1)[0];
        if (gone !== undefined) bulkhead.leave(gone.place);
        const valid = live.filter(({ sinceMs }) => nowMs - sinceMs < 100);
        const place = bulkhead.enter(nowMs);
        expect(place !== undefined).toBe(valid.length < places);
        if (place !== undefined) live.push({ place, sinceMs: nowMs });
        expect(bulkhead.taken()).toBeLessThanOrEqual(places);
      }
    }),
  );
});

it('repetitions are never more than the share of the requests and the one to begin with, nor than what was saved up', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 500 }), (asks) => {
      const budget = createRetryBudget({ share: 0.1, most: 3 });
      let [earned, spent, inRow] = [0, 0, 0];
      for (const isRequest of asks) {
        if (isRequest) {
          budget.earn();
          earned += 1;
          inRow = 0;
        } else if (budget.spend()) {
          spent += 1;
          inRow += 1;
        }
        expect(spent).toBeLessThanOrEqual(1 + earned * 0.1 + 1e-9);
        expect(inRow).toBeLessThanOrEqual(3);
      }
    }),
  );
});

it('only a refused connection was surely not sent', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
  const ofDeno = 'client error (Connect): tcp connect error: Connection refused (os error 111)';
  const ofBun = Object.assign(new Error('Unable to connect'), { code: 'ConnectionRefused' });
  for (const cause of [new TypeError('fetch failed', { cause: refused }), new TypeError(ofDeno), ofBun])
    expect(isUnsent(cause)).toBe(true);
  for (const cause of [new Error('Network connection lost.'), new TypeError('terminated'), 'ECONNREFUSED'])
    expect(isUnsent(cause)).toBe(false);
});

it('the vars are read, and nonsense is refused in words', () => {
  expect(readResilience({})).toEqual({ deadlineMs: 10_000, maxCalls: 64 });
  expect(readResilience({ RESILIENCE: 'on', DEADLINE_MS: '5', MAX_CALLS: '2' })).toEqual({
    deadlineMs: 5,
    maxCalls: 2,
  });
  expect(readResilience({ RESILIENCE: 'off' })).toBeUndefined();
  const refuse = (vars: Parameters<typeof readResilience>[0], text: string) =>
    expect(() => readResilience(vars)).toThrow(text);
  refuse({ RESILIENCE: 'no' }, 'var RESILIENCE: expected on or off, got "no"');
  refuse(
    { RESILIENCE: 'off', DEADLINE_MS: '0' },
    'var DEADLINE_MS: expected a positive integer up to 2147483647, got "0"',
  );
  refuse({ DEADLINE_MS: '2147483648' }, 'var DEADLINE_MS');
  refuse({ MAX_CALLS: '1.5' }, 'var MAX_CALLS: expected a positive integer, got "1.5"');
});
