import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { formatEntries, makeKey } from '../../shared/api-keys.ts';
import type { PredictError } from '../../shared/errors.ts';
import { createCachedApp, type Deed, POLICY, VARS } from '../support/cached-app.ts';
import { readMetrics, sumOf } from '../support/prometheus.ts';
import { CARD, ROW } from '../support/rows.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});
const pass = (ms: number) => void vi.setSystemTime(Date.now() + ms);

const STORED = 'tandem; fwd=miss; stored';
const LOST: PredictError = { kind: 'predictor-unreachable', reason: 'none' };

beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined));

it('answers again without the predictor until the time of the card is over', async () => {
  const { state, ask } = createCachedApp();
  expect(await ask()).toEqual([1, STORED, null]);
  expect(await ask()).toEqual([1, 'tandem; hit; ttl=60', '0']);
  pass(59_999);
  expect(await ask()).toEqual([1, 'tandem; hit; ttl=0', '59']);
  pass(1);
  expect(await ask()).toEqual([2, 'tandem; fwd=stale; stored', null]);
  expect(await ask()).toEqual([2, 'tandem; hit; ttl=60', '0']);
  expect(state.calls).toBe(2);
  // A clock may be set back.
  pass(-5_000);
  expect(await ask()).toEqual([2, 'tandem; hit; ttl=60', '0']);
});

it('answers alike on every route, whatever the JSON looks like', async () => {
  const { state, ask } = createCachedApp();
  const input = { name: CARD.inputs[0]?.name, datatype: 'FP32', shape: [1, 8], data: [ROW] };
  const named = Object.fromEntries((CARD.inputs[0]?.features ?? []).map(({ name }, i) => [name, ROW[i]]).toReversed());
  await ask();
  for (const [body, path] of [
    [{ note: 'other', features: named }, '/predict'],
    [{ instances: [ROW] }, '/v1/models/auto-mpg:predict'],
    [{ inputs: [input], id: 'x' }, '/v2/models/auto-mpg/infer'],
    [
      { inputs: [{ ...input, data: ROW }], outputs: [{ name: CARD.primaryOutput }] },
      '/v2/models/auto-mpg/versions/1/infer',
    ],
  ] as const) {
    expect((await ask(body, {}, path)).slice(1), path).toEqual(['tandem; hit; ttl=60', '0']);
  }
  expect(state.calls).toBe(1);
  expect(await ask({ features: ROW.with(0, 5) })).toEqual([2, STORED, null]);
});

it.each<[string, Deed, number]>([
  ['is lost', 'lose', 503],
  ['does not answer in time', { kind: 'deadline', limitMs: 1 }, 504],
  ['is taken to be down', { kind: 'predictor-down', retryMs: 1 }, 503],
  ['is overloaded', { kind: 'predictor-busy', calls: 1 }, 503],
  ['takes no more', { kind: 'upstream', status: 429, message: '', retryAfter: null }, 429],
  ['has a fault', { kind: 'internal', code: 'RUN_FAILED', remedy: '' }, 500],
  ['answers garbage', { kind: 'bad-upstream', got: 'html' }, 502],
])('lets a stale answer stand in for a predictor that %s, as long as the card has it', async (_, deed, status) => {
  const { state, ask } = createCachedApp();
  await ask();
  state.deed = deed;
  expect(await ask()).toEqual([1, 'tandem; hit; ttl=60', '0']);
  pass(90_500);
  expect(await ask()).toEqual([1, `tandem; fwd=stale; fwd-status=${status}; ttl=-31`, '90']);
  expect((await ask({ features: ROW.with(0, 5) })).slice(0, 2)).toEqual([status, 'tandem; fwd=miss']);
  pass(569_500);
  expect(await ask()).toEqual([status, 'tandem; fwd=stale', null]);
  state.deed = 'answer';
  expect((await ask()).slice(1)).toEqual(['tandem; fwd=stale; stored', null]);
});

it('lets nothing stand in for an error of the request, nor where the card has no time for it', async () => {
  const { state, ask } = createCachedApp();
  await ask();
  pass(60_000);
  state.deed = { kind: 'invalid-request', where: 'x', expected: 'y', got: 'z' };
  expect(await ask()).toEqual([400, 'tandem; fwd=stale', null]);
  const other = createCachedApp({ seconds: 60 });
  await other.ask();
  pass(60_000);
  other.state.deed = LOST;
  expect(await other.ask()).toEqual([503, 'tandem; fwd=stale', null]);
});

it('asks every time where only failures are to be bridged', async () => {
  const { state, ask } = createCachedApp({ seconds: 0, staleSeconds: 10 });
  expect([await ask(), await ask()]).toEqual([
    [1, STORED, null],
    [2, 'tandem; fwd=stale; stored', null],
  ]);
  state.deed = LOST;
  expect(await ask()).toEqual([2, 'tandem; fwd=stale; fwd-status=503; ttl=0', '0']);
});

it('never keeps an error', async () => {
  const { state, ask } = createCachedApp();
  state.deed = LOST;
  await ask();
  expect(await ask()).toEqual([503, null, null]);
  state.deed = 'answer';
  await ask();
  state.deed = LOST;
  const other = { features: ROW.with(0, 5) };
  expect([await ask(other), await ask(other)]).toEqual([
    [503, 'tandem; fwd=miss', null],
    [503, 'tandem; fwd=miss', null],
  ]);
});

it('heeds what a client wants of a cache', async () => {
  const { state, ask } = createCachedApp();
  const wish = (value: string) => ask({ features: ROW }, { 'Cache-Control': value });
  expect(await wish('no-store')).toEqual([1, 'tandem; fwd=miss', null]);
  expect(await wish('foo, No-Cache')).toEqual([2, STORED, null]);
  expect(await wish('no-cache')).toEqual([3, 'tandem; fwd=request; stored', null]);
  expect(await wish('no-transform')).toEqual([3, 'tandem; hit; ttl=60', '0']);
  pass(10_000);
  expect(await wish('max-age="11"')).toEqual([3, 'tandem; hit; ttl=50', '10']);
  expect(await wish('no-store, max-age=100')).toEqual([4, 'tandem; fwd=request', null]);
  expect(await wish('max-age=10')).toEqual([5, 'tandem; fwd=request; stored', null]);
  expect(await wish('max-age=soon')).toEqual([6, 'tandem; fwd=request; stored', null]);
  pass(60_000);
  state.deed = LOST;
  for (const value of ['no-store', 'no-cache', 'max-age=60']) expect((await wish(value))[0], value).toBe(503);
  expect((await wish('max-age=61'))[0]).toBe(6);
});

it('never gives an answer to another API key, unless the card says that it is public', async () => {
  const [a, b] = await Promise.all(['a', 'b'].map((id) => makeKey(id, ['infer', 'admin'], id.repeat(43))));
  const API_KEYS = formatEntries([a, b].flatMap((made) => made?.entry ?? []));
  const by = (key: string | undefined) => ({ 'X-API-Key': key ?? '' });
  const { ask } = createCachedApp(POLICY, { ...VARS, API_KEYS });
  const body = { features: ROW };
  expect(await ask(body, by(a?.key))).toEqual([1, STORED, null]);
  expect(await ask(body, by(b?.key))).toEqual([2, STORED, null]);
  expect((await ask(body, by(a?.key)))[0]).toBe(1);
  expect((await ask(body, by(b?.key)))[0]).toBe(2);
  expect(await ask(body)).toEqual([401, null, null]);
  const shared = createCachedApp({ ...POLICY, public: true }, { ...VARS, API_KEYS });
  await shared.ask(body, by(a?.key));
  expect(await shared.ask(body, by(b?.key))).toEqual([1, 'tandem; hit; ttl=60', '0']);
});

it('never answers for a model that was replaced, once it knows', async () => {
  const { state, ask } = createCachedApp();
  await ask();
  state.revision = 'other';
  expect((await ask())[0]).toBe(1);
  // Of another catalog than the one that the key was made by.
  expect(await ask({ features: ROW.with(0, 5) })).toEqual([2, 'tandem; fwd=miss', null]);
  expect(await ask()).toEqual([3, STORED, null]);
  state.deed = LOST;
  pass(60_000);
  expect((await ask())[0]).toBe(3);
});

it.each([
  ['another revision, as a second predictor of other models has', { revision: 'second', predictor: 'fallback' }],
  ['another version than the catalog has', { version: '7' }],
])('keeps no answer of %s', async (_, answered) => {
  const { state, ask } = createCachedApp();
  const input = { name: CARD.inputs[0]?.name, datatype: 'FP32', shape: [1, 8], data: [ROW] };
  state.answered = answered;
  for (let i = 1; i < 3; i++) {
    expect(await ask({ inputs: [input] }, {}, '/v2/models/auto-mpg/infer')).toEqual([i, 'tandem; fwd=miss', null]);
  }
});

it('keeps nothing of a server that tells no revision', async () => {
  const { state, ask } = createCachedApp();
  state.revision = '';
  expect([await ask(), await ask()]).toEqual([
    [1, 'tandem; fwd=miss', null],
    [2, 'tandem; fwd=miss', null],
  ]);
});

it('leaves alone what is too large for it, and still answers', async () => {
  const { ask } = createCachedApp();
  const body = { instances: Array.from({ length: 2_000 }, () => ROW) };
  expect((await ask(body))[1]).toBe('tandem; fwd=bypass');
});

it.each([
  [POLICY, {}],
  [POLICY, { CACHE_BYTES: '0' }],
  [null, VARS],
])('says and keeps nothing with the policy %j and the vars %j', async (policy, vars) => {
  const { ask } = createCachedApp(policy, vars);
  expect([await ask(), await ask()]).toEqual([
    [1, null, null],
    [2, null, null],
  ]);
});

it.each(['', 'much', '-1', '1.5'])('does not start with %j bytes', (CACHE_BYTES) => {
  expect(() => createCachedApp(POLICY, { CACHE_BYTES })).toThrow('var CACHE_BYTES: expected a positive integer, got');
});

it('has its word in the log and the metrics', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const { app, state, ask } = createCachedApp(POLICY, { ...VARS, LOG_REQUESTS: '1', METRICS: '1' });
  await ask();
  await ask();
  pass(60_000);
  state.deed = LOST;
  await ask();
  await ask({ features: ROW.with(0, 5) });
  const lines = log.mock.calls.map(([line]) => JSON.parse(String(line)));
  expect(lines.map(({ outcome, cache }) => [outcome, cache])).toEqual([
    ['ok', 'miss'],
    ['ok', 'hit'],
    ['ok', 'stale'],
    ['predictor-unreachable', 'miss'],
  ]);
  const samples = readMetrics(await (await app.request('/metrics')).text());
  const count = (cache: string) => sumOf(samples, 'tandem_cache_requests_total', { model: 'auto-mpg', cache });
  expect(['hit', 'miss', 'stale'].map(count)).toEqual([1, 2, 1]);
});
