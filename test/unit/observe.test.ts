import { afterEach, describe, expect, it, vi } from 'vitest';
import { formatEntries, makeKey } from '../../shared/api-keys.ts';
import { createApp } from '../../shared/http/app.ts';
import { createMetrics } from '../../shared/observe/metrics.ts';
import type { PointStore } from '../../shared/observe/observer.ts';
import { recordOf } from '../../shared/observe/request-record.ts';
import type { Predictor } from '../../shared/predictor.ts';
import { ok } from '../../shared/result.ts';
import { createTensor } from '../../shared/tensor.ts';
import { readMetrics, sumOf } from '../support/prometheus.ts';
import { CARD, ROW } from '../support/rows.ts';

const predictor: Predictor = {
  models: async () => ok({ revision: 'r', models: [{ card: CARD, ready: true, reason: '' }] }),
  infer: async ({ inputs }) => {
    const rows = inputs[0]?.shape[0] ?? 0;
    const outputs = [createTensor('Y', 'FP32', [rows, 1], new Float32Array(rows))];
    return ok({ version: CARD.version, revision: 'r', outputs, predictor: 'canary' });
  },
};

const spy = () => vi.spyOn(console, 'log').mockImplementation(() => undefined);
afterEach(() => void vi.restoreAllMocks());

const post = (body: string, headers: Record<string, string> = {}) => ({ method: 'POST', body, headers });
const GOOD = post(JSON.stringify({ features: ROW }));

it('writes a line of members in this order, without those that are not known', () => {
  const request = { time: 0, atMs: Date.UTC(2026, 10, 28), ms: 1.23456, deployment: 'gateway', route: 'POST /predict' };
  const carried = { 'X-Request-Id': 'abc', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
  const inputs = [createTensor('X', 'FP32', [2, 8], new Float32Array(16))];
  const asked = { model: 'auto-mpg', inputs };
  const answer = ok({ version: '1', revision: 'r', outputs: [], predictor: 'canary' });
  const features = [
    { feature: 'a', outOfRange: 1, missing: 0 },
    { feature: 'b', outOfRange: 2, missing: 3 },
  ];
  const drift = [{ input: 'X', features }];
  const facts = { target: undefined, result: ok(1), asked, answer };
  const record = recordOf({ ...request, status: 200, carried, facts, card: CARD, drift, state: { breaker: 'closed' } });
  expect(JSON.stringify(record)).toBe(
    '{"breaker":"closed","time":"2026-11-28T00:00:00.000Z","id":"abc","trace":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",' +
      '"deployment":"gateway","route":"POST /predict","status":200,"outcome":"ok","model":"auto-mpg","version":"1",' +
      '"rows":2,"outOfRange":3,"missing":3,"predictor":"canary","ms":1.235}',
  );
  const bare = { ...request, deployment: undefined, route: 'none', carried: { 'X-Request-Id': 'abc' } };
  const other = recordOf({ ...bare, status: 404, facts: {}, card: undefined, drift: [], state: {} });
  expect(JSON.stringify(other)).toBe(
    '{"time":"2026-11-28T00:00:00.000Z","id":"abc","route":"none","status":404,"outcome":"refused","ms":1.235}',
  );
});

it('has neither payloads nor keys, queries, paths or names of models that do not exist, in lines or metrics', async () => {
  const log = spy();
  const app = createApp(predictor, { LOG_REQUESTS: '1', METRICS: '1' });
  const SECRET = 's3cr3t';
  const headers = { Authorization: `Bearer ${SECRET}`, 'X-API-Key': SECRET, Cookie: SECRET, traceparent: SECRET };
  for (const body of [`{"features":${JSON.stringify(ROW)},"note":"${SECRET}"}`, `{"${SECRET}`, `"${SECRET}"`]) {
    await app.request(`/predict?key=${SECRET}`, post(body, { ...headers, 'X-Request-Id': `"${SECRET}"` }));
  }
  await app.request(`/models/${SECRET}/predict`, GOOD);
  await app.request(`/v2/models/auto-mpg/versions/${SECRET}/infer`, post('{"inputs":[]}'));
  await app.request(`/${SECRET}`, { method: SECRET, headers });
  const text = await (await app.request('/metrics')).text();
  const lines = log.mock.calls.flat().join('\n');
  expect(log.mock.calls).toHaveLength(7);
  expect(`${lines}\n${text}`).not.toContain(SECRET);
  expect(lines).not.toContain(String(ROW[1]));
  expect(sumOf(readMetrics(text), 'tandem_requests_total')).toBe(6);
});

describe('metrics', () => {
  const record = { time: '', id: '', route: 'POST /predict', status: 200, outcome: 'ok', model: 'm', version: '1' };

  it('fill each bucket with what is at most its bound', () => {
    const metrics = createMetrics();
    for (const ms of [0, 1, 1.5, 20, 11_000]) metrics.count({ ...record, rows: 2, ms }, []);
    const samples = readMetrics(metrics.text({}));
    const bucket = (le: string) => sumOf(samples, 'tandem_inference_duration_seconds_bucket', { le });
    expect([bucket('0.001'), bucket('0.002'), bucket('0.01'), bucket('0.02'), bucket('10'), bucket('+Inf')]).toEqual([
      2, 3, 3, 4, 4, 5,
    ]);
    expect(sumOf(samples, 'tandem_inference_duration_seconds_sum')).toBeCloseTo(11.0225);
    expect(sumOf(samples, 'tandem_inference_rows_total')).toBe(10);
  });

  it('escape what a card may hold', () => {
    const metrics = createMetrics();
    const drift = [{ input: 'X', features: [{ feature: 'a"b\\c\nd', outOfRange: 2, missing: 0 }] }];
    metrics.count({ ...record, rows: 1, ms: 0 }, drift);
    const labels = { model: 'm', input: 'X', feature: 'a\\"b\\\\c\\nd' };
    expect(sumOf(readMetrics(metrics.text({})), 'tandem_feature_out_of_range_total', labels)).toBe(2);
  });

  it('stop growing, and still count everything', () => {
    const metrics = createMetrics();
    for (let i = 0; i < 10_100; i++) metrics.count({ ...record, version: String(i), ms: 0 }, []);
    const samples = readMetrics(metrics.text({}));
    expect(samples.size).toBe(10_001);
    expect(sumOf(samples, 'tandem_requests_total')).toBe(10_100);
    expect(samples.get('tandem_requests_total{}')).toBe(100);
  });
});

describe('an app', () => {
  it.each([{}, { LOG_REQUESTS: '0' }, { METRICS: '0' }])(
    'has nothing of it where nothing asks for it: %j',
    async (vars) => {
      const log = spy();
      const app = createApp(predictor, vars);
      expect((await app.request('/metrics')).status).toBe(404);
      expect((await app.request('/predict', GOOD)).headers.has('X-Request-Id')).toBe(false);
      expect(log).not.toHaveBeenCalled();
    },
  );

  it.each([{ LOG_REQUESTS: 'yes' }, { LOG_REQUESTS: '1.5' }, { LOG_REQUESTS: '' }, { METRICS: '0.5' }])(
    'does not start with %j',
    (vars) => {
      expect(() => createApp(predictor, vars)).toThrow(
        /^var (LOG_REQUESTS: expected 0 to 1|METRICS: expected 0 or 1), got/,
      );
    },
  );

  it('logs a share of the requests, and every failure of ours', async () => {
    const log = spy();
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const draws = [0.2, 0.3, 0.9, 0.24];
    vi.spyOn(Math, 'random').mockImplementation(() => draws.shift() ?? 1);
    const app = createApp({ ...predictor, infer: () => Promise.reject(new Error('gone')) }, { LOG_REQUESTS: '0.25' });
    for (let i = 0; i < 4; i++) await app.request('/v2/health/live');
    await app.request('/predict', GOOD);
    const outcomes = log.mock.calls.map(([line]) => JSON.parse(line).outcome);
    expect(outcomes).toEqual(['ok', 'ok', 'predictor-unreachable']);
  });

  it('tells how a guarded predictor stands, and which one has answered', async () => {
    const log = spy();
    const guarded = {
      ...predictor,
      state: () => ({ predictor: { breaker: 'half-open', calls: 3 }, fallback: undefined, retries: 1 }),
    };
    const app = createApp(guarded, { LOG_REQUESTS: '1', METRICS: '1' });
    await app.request('/predict', GOOD);
    expect(JSON.parse(log.mock.calls[0]?.[0])).toMatchObject({ predictor_breaker: 'half-open', predictor: 'canary' });
    const samples = readMetrics(await (await app.request('/metrics')).text());
    expect(samples.get('tandem_predictor_state{predictor_breaker="half-open"}')).toBe(1);
    expect(sumOf(samples, 'tandem_predictor_retries_total')).toBe(1);
    expect([...samples.keys()].filter((name) => name.startsWith('tandem_predictor_fallbacks'))).toEqual([]);
  });

  it('names the caller by the id of its key, also where the key does not open the route', async () => {
    const log = spy();
    const { key, entry } = await makeKey('ci', ['admin'], 'x'.repeat(43));
    const app = createApp(predictor, { LOG_REQUESTS: '1', METRICS: '1', API_KEYS: formatEntries([entry]) });
    const headers = { Authorization: `Bearer ${key}` };
    expect((await app.request('/predict', { ...GOOD, headers })).status).toBe(403);
    const metrics = await app.request('/metrics', { headers });
    expect([metrics.status, metrics.headers.get('X-Content-Type-Options')]).toEqual([200, 'nosniff']);
    expect((await app.request('/metrics')).status).toBe(401);
    const lines = log.mock.calls.map(([line]) => JSON.parse(line));
    expect(lines.map(({ route, caller }) => [route, caller])).toEqual([
      ['POST /predict', 'ci'],
      ['GET /metrics', 'ci'],
      ['GET /metrics', undefined],
    ]);
    expect(JSON.stringify(lines)).not.toContain(key);
  });

  it('keeps no answer waiting for the catalog, and does not ask for it at every request', async () => {
    const log = spy();
    const models = vi.fn(() => Promise.reject(new Error('gone')));
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const app = createApp({ ...predictor, models }, { LOG_REQUESTS: '1' });
    const tensor = { name: 'X', datatype: 'FP32', shape: [1, 8], data: ROW };
    const ask = () => app.request('/v2/models/auto-mpg/infer', post(JSON.stringify({ inputs: [tensor] })));
    expect((await ask()).status).toBe(200);
    await vi.waitUntil(() => log.mock.calls.length === 1);
    expect((await ask()).status).toBe(200);
    await vi.waitUntil(() => log.mock.calls.length === 2);
    expect(models).toHaveBeenCalledOnce();
  });

  it('takes a text of the name of a binding for none', async () => {
    const vars = JSON.parse('{"REQUEST_POINTS":"yes","RATE_LIMIT":"100"}');
    const lost = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    expect((await createApp(predictor, vars).request('/predict', GOOD)).status).toBe(200);
    expect(lost).not.toHaveBeenCalled();
  });

  it('writes a point for each request to a store that is bound', async () => {
    const points: Parameters<PointStore['writeDataPoint']>[0][] = [];
    const store = { writeDataPoint: (point: (typeof points)[number]) => void points.push(point) };
    const app = createApp(predictor, { REQUEST_POINTS: store });
    await app.request('/predict', GOOD);
    await app.request('/none');
    expect(points).toEqual([
      { indexes: ['auto-mpg'], blobs: ['POST /predict', '1', 'ok', ''], doubles: [200, expect.any(Number), 1, 0, 0] },
      { indexes: [''], blobs: ['none', '', 'refused', ''], doubles: [404, expect.any(Number), 0, 0, 0] },
    ]);
  });

  it('answers where a log or a store fails', async () => {
    spy().mockImplementation(() => {
      throw new Error('no log');
    });
    const lost = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const answer = await createApp(predictor, { LOG_REQUESTS: '1' }).request('/predict', GOOD);
    expect([answer.status, await answer.json()]).toEqual([200, { prediction: 0 }]);
    expect(lost).toHaveBeenCalledOnce();
  });

  it('counts the answer to a route that throws', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const broken = { ...predictor, models: async () => ({ ok: true, value: null }) as never };
    const app = createApp(broken, { METRICS: '1' });
    expect((await app.request('/v2/health/ready')).status).toBe(500);
    const samples = readMetrics(await (await app.request('/metrics')).text());
    expect(sumOf(samples, 'tandem_requests_total', { status: '500', outcome: 'failed' })).toBe(1);
  });
});
