import fc from 'fast-check';
import { beforeEach, expect, it, vi } from 'vitest';
import { type PredictError, toHttp } from '../../shared/errors.ts';
import { BREAKER_FAILURES, BREAKER_OPEN_MS } from '../../shared/limits.ts';
import { DEADLINE_MS, type Deed, REQUEST, setUp } from '../support/puppet-predictor.ts';

const UNAVAILABLE: PredictError = { kind: 'model-unavailable', model: 'm', reason: 'none' };
const GARBAGE: PredictError = { kind: 'bad-upstream', got: 'html' };
const WRONG: PredictError = { kind: 'invalid-request', where: 'x', expected: 'y', got: 'z' };
const UNKNOWN: PredictError = { kind: 'unknown-model', model: 'm', known: [] };

beforeEach(() => {
  // What failed is logged.
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  return () => vi.restoreAllMocks();
});

it('tells each predictor until when it has time: the second what the first one has left of the whole', async () => {
  const { clock, first, second, infer } = setUp({ withFallback: true });
  const startMs = clock.nowMs();
  first.deed = 'hang';
  expect(await infer(DEADLINE_MS)).toBe('second');
  expect([first.untilMs, second.untilMs]).toEqual([startMs + DEADLINE_MS / 2, startMs + DEADLINE_MS]);
});

it('passes answers and the faults of requests on, and takes neither for a failure', async () => {
  const { first, second, resilient, infer } = setUp({ withFallback: true });
  for (const deed of ['ok', WRONG, UNKNOWN] as const) {
    first.deed = deed;
    for (let i = 0; i < 2 * BREAKER_FAILURES; i++) expect(await infer()).toMatch(/^(first$|40[04])/);
  }
  expect([second.calls, resilient.state().predictor]).toEqual([0, { breaker: 'closed', calls: 0 }]);
});

it('answers 504 when the deadline has passed, and ends the call where it takes a signal', async () => {
  const { clock, first, infer, resilient, told } = setUp({ takesSignal: true });
  first.deed = 'hang';
  const call = told(resilient.infer(REQUEST));
  await clock.pass(DEADLINE_MS - 1);
  expect(first.aborted).toBe(0);
  await clock.pass(1);
  expect(await call).toBe('504 predictor: expected an answer within 1000 ms (var DEADLINE_MS), got none');
  expect([first.aborted, clock.timers()]).toEqual([1, 0]);
  first.deed = 'slow';
  expect(await infer(DEADLINE_MS)).toBe('first');
  expect(first.aborted).toBe(1);
});

it.each(['lose', GARBAGE] as const)(
  'opens after calls in a row that end in %o, and closes with the first answer',
  async (deed) => {
    const { clock, first, infer, resilient } = setUp();
    first.deed = deed;
    for (let i = 0; i < BREAKER_FAILURES; i++) await infer();
    expect(await infer()).toBe(
      `503 predictor: expected an answer, got none to the last ones; it is tried again in ${BREAKER_OPEN_MS} ms`,
    );
    expect([first.calls, resilient.state().predictor.breaker]).toEqual([BREAKER_FAILURES, 'open']);
    await clock.pass(BREAKER_OPEN_MS);
    first.deed = 'ok';
    expect(await infer()).toBe('first');
    expect(resilient.state().predictor.breaker).toBe('closed');
  },
);

it.each([UNAVAILABLE, { kind: 'upstream', status: 503, message: '', retryAfter: null }, 'throw'] as const)(
  'stays closed for %o, which says that the predictor lives',
  async (deed) => {
    const { first, infer, resilient } = setUp();
    first.deed = deed;
    for (let i = 0; i < 3 * BREAKER_FAILURES; i++) expect(await infer()).toMatch(/^503/);
    expect([first.calls, resilient.state().predictor.breaker]).toEqual([3 * BREAKER_FAILURES, 'closed']);
  },
);

it('stays closed for a refusal of the request that is no v2, which any client can bring about', async () => {
  const { first, infer, resilient } = setUp();
  first.deed = { ...GARBAGE, status: 404 };
  for (let i = 0; i < 3 * BREAKER_FAILURES; i++) expect(await infer()).toMatch(/^502/);
  expect([first.calls, resilient.state().predictor.breaker]).toEqual([3 * BREAKER_FAILURES, 'closed']);
});

it('keeps places for inferences, however many ask for the models', async () => {
  const { first, infer, resilient } = setUp({ maxCalls: 2 });
  first.deed = 'hang';
  const asking = [resilient.models(), resilient.models(), resilient.models()];
  expect(await asking[2]).toMatchObject({ error: { kind: 'predictor-busy' } });
  first.deed = 'ok';
  expect(await infer()).toBe('first');
});

it('states the limit that is set, whichever part of it a predictor had', async () => {
  const { first, second, infer } = setUp({ withFallback: true });
  first.deed = 'hang';
  second.deed = 'hang';
  expect(await infer(DEADLINE_MS)).toContain(`within ${DEADLINE_MS} ms (var DEADLINE_MS)`);
});

it('says whose answer it is, and what the first predictor failed with', async () => {
  const { first, resilient } = setUp({ withFallback: true });
  expect(await resilient.infer(REQUEST)).not.toMatchObject({ value: { predictor: expect.anything() } });
  first.deed = GARBAGE;
  expect(await resilient.infer(REQUEST)).toMatchObject({ value: { version: 'second', predictor: 'fallback' } });
  expect(console.error).toHaveBeenCalledExactlyOnceWith('predictor failed', GARBAGE);
});

it('tells in Retry-After when the predictor is tried again, in whole seconds', () => {
  expect(toHttp({ kind: 'predictor-down', retryMs: 1_001 }).headers).toEqual({ 'Retry-After': '2' });
  expect(toHttp({ kind: 'predictor-busy', calls: 4 }).headers).toEqual({ 'Retry-After': '1' });
});

it('refuses what is over its places, and has them again after the deadline also when nothing ends', async () => {
  const { clock, first, resilient, infer, told } = setUp();
  // What workerd may do to the requests of clients that leave: not even their timers run.
  const vanishing = setUp({ maxCalls: 4, clock: { nowMs: clock.nowMs, after: () => () => undefined } });
  first.deed = 'hang';
  vanishing.first.deed = 'hang';
  const calls = [1, 2, 3, 4].map(() => {
    void vanishing.resilient.infer(REQUEST);
    return told(resilient.infer(REQUEST));
  });
  const busy = '503 predictor: expected fewer than 4 calls under way (var MAX_CALLS), got as many';
  expect([await infer(), resilient.state().predictor.calls]).toEqual([busy, 4]);
  expect(await vanishing.infer()).toBe(busy);
  await clock.pass(DEADLINE_MS);
  expect(new Set(await Promise.all(calls)).size).toBe(1);
  first.deed = 'ok';
  vanishing.first.deed = 'ok';
  expect([await infer(), await vanishing.infer()]).toEqual(['first', 'first']);
});

it('asks the same predictor once more where the call was not sent, and for its catalog', async () => {
  const { clock, first, infer, resilient } = setUp();
  first.deed = 'refuse';
  expect(await infer(100)).toContain('ECONNREFUSED');
  expect([first.calls, resilient.state().retries]).toEqual([2, 1]);
  // The first request came with one repetition; the next is earned by ten.
  first.deed = 'ok';
  for (let i = 0; i < 9; i++) await infer();
  first.deed = 'lose';
  const catalog = resilient.models();
  catalog.catch(() => undefined);
  first.deed = 'ok';
  await clock.pass(100);
  expect(await catalog).toMatchObject({ ok: true });
  expect(resilient.state().retries).toBe(2);
});

it.each(['lose', 'hang', 'throw', GARBAGE, UNAVAILABLE] as const)(
  'never repeats an inference that came to %o there',
  async (deed) => {
    const { first, infer } = setUp();
    first.deed = deed;
    await infer(DEADLINE_MS);
    expect(first.calls).toBe(1);
  },
);

it.each([
  'lose',
  'refuse',
  'hang',
  'throw',
  GARBAGE,
  UNAVAILABLE,
  { kind: 'upstream', status: 429, message: '', retryAfter: null },
] as const)('has the second predictor answer for a first one that comes to %o, within the deadline', async (deed) => {
  const { first, second, infer, resilient } = setUp({ withFallback: true });
  first.deed = deed;
  second.deed = 'slow';
  for (let i = 0; i < 2 * BREAKER_FAILURES; i++) expect(await infer(DEADLINE_MS)).toBe('second');
  expect([second.calls, resilient.state().fallbacks]).toEqual([2 * BREAKER_FAILURES, 2 * BREAKER_FAILURES]);
});

it.each([
  [UNKNOWN, '503 model "m"'],
  ['lose', '503 model "m"'],
  [WRONG, '400 x: expected y'],
] as const)('tells of the first predictor what the second, with %o, does not know better', async (deed, text) => {
  const { first, second, infer } = setUp({ withFallback: true });
  first.deed = UNAVAILABLE;
  second.deed = deed;
  expect(await infer()).toContain(text);
});

it('every call ends within its deadline, whatever the predictors do, and leaves nothing behind', async () => {
  const deeds = fc.constantFrom<Deed>('ok', 'hang', 'slow', 'lose', 'refuse', 'throw', GARBAGE, UNAVAILABLE, WRONG);
  const step = fc.record({ first: deeds, second: deeds, afterMs: fc.nat(DEADLINE_MS / 2) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.boolean(), async (steps, withFallback) => {
      const { clock, first, second, resilient, told } = setUp({ withFallback });
      const tookMs: Promise<number>[] = [];
      for (const { afterMs, ...step } of steps) {
        first.deed = step.first;
        second.deed = step.second;
        const startMs = clock.nowMs();
        tookMs.push(told(resilient.infer(REQUEST)).then(() => clock.nowMs() - startMs));
        await clock.pass(afterMs);
      }
      await clock.pass(DEADLINE_MS);
      for (const ms of await Promise.all(tookMs)) expect(ms).toBeLessThanOrEqual(DEADLINE_MS);
      // A puppet that is slow has a timer of its own, which nobody stops.
      await clock.pass(DEADLINE_MS);
      const { predictor, retries } = resilient.state();
      expect([clock.timers(), predictor.calls]).toEqual([0, 0]);
      expect(first.calls).toBeLessThanOrEqual(steps.length + retries);
      expect(second.calls).toBeLessThanOrEqual(steps.length);
    }),
    { numRuns: 50 },
  );
});

it('logs failures until the breaker opens, then that it has, and that it has closed', async () => {
  const { clock, first, infer } = setUp({ withFallback: true });
  for (const deed of ['lose', 'lose', 'ok'] as const) {
    first.deed = deed;
    for (let i = 0; i < 10 * BREAKER_FAILURES; i++) await infer();
    await clock.pass(BREAKER_OPEN_MS);
  }
  const failed = Array(BREAKER_FAILURES - 1).fill('predictor failed');
  const said = vi.mocked(console.error).mock.calls.map(([text]) => text);
  expect(said).toEqual([...failed, 'predictor is not waited for any more', 'predictor answers again']);
});
