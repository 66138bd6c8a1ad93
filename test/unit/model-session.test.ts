import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createModelSession } from '../../shared/inference/model-session.ts';
import { SESSION_RETRY_MS } from '../../shared/limits.ts';

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** A session that opens on attempt `succeedsOn`, on a clock that the test moves. */
function session(succeedsOn: number) {
  const state = { attempts: 0, nowMs: 5 };
  const ask = createModelSession({
    model: 'm',
    open: async () => {
      state.attempts += 1;
      if (state.attempts < succeedsOn) throw new Error(`attempt ${state.attempts}`);
      return `session ${state.attempts}`;
    },
    explain: (cause) => String(cause),
    nowMs: () => state.nowMs,
  });
  return { state, ask };
}

it('opens once, also for requests that overlap', async () => {
  const { state, ask } = session(1);
  expect(await Promise.all([ask(), ask(), ask()])).toEqual(Array(3).fill({ ok: true, value: 'session 1' }));
  expect(state.attempts).toBe(1);
});

it('answers a failure with its reason and tries again at most once in the stated time', async () => {
  const { state, ask } = session(2);
  const failed = { ok: false, error: { kind: 'model-unavailable', model: 'm', reason: 'Error: attempt 1' } };
  expect(await ask()).toEqual(failed);
  state.nowMs += SESSION_RETRY_MS - 1;
  expect(await ask()).toEqual(failed);
  expect(state.attempts).toBe(1);
  state.nowMs += 1;
  expect(await ask()).toEqual({ ok: true, value: 'session 2' });
});
