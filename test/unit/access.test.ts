import { Hono } from 'hono';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { formatEntries, makeKey } from '../../shared/api-keys.ts';
import { callerOf, guardRoutes, type RateLimit } from '../../shared/http/access.ts';
import { createApp } from '../../shared/http/app.ts';
import type { Route } from '../../shared/http/routes/route.ts';
import type { Predictor } from '../../shared/predictor.ts';
import { ok } from '../../shared/result.ts';

const [CI, OPS] = await Promise.all([
  makeKey('ci', ['infer'], 'x'.repeat(43)),
  makeKey('ops', ['admin'], 'x'.repeat(43)),
]);
const API_KEYS = formatEntries([CI.entry, OPS.entry]);

const PREDICTOR: Predictor = {
  models: async () => ok({ revision: '', models: [] }),
  infer: async () => ok({ version: '1', revision: '', outputs: [] }),
};

/** Every second request of a caller is over the limit. */
function everySecond(): RateLimit & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    limit: async ({ key }) => {
      asked.push(key);
      return { success: asked.filter((one) => one === key).length % 2 === 1 };
    },
  };
}

const from = (address: string, key?: string) =>
  new Request('http://tandem/v2', {
    headers: { 'CF-Connecting-IP': address, ...(key === undefined ? {} : { 'X-API-Key': key }) },
  });

afterEach(() => vi.restoreAllMocks());

it('leaves the routes as they are without keys and limit', () => {
  const routes: Route[] = [{ method: 'GET', path: '/v2', handler: () => new Response() }];
  expect(guardRoutes(routes, {})).toBe(routes);
});

it('tells handlers who calls, by the id of the key', async () => {
  const callers: unknown[] = [];
  const route = {
    method: 'GET',
    path: '/',
    handler: (c) => Response.json(callers.push(callerOf(c))),
  } as const satisfies Route;
  const app = new Hono();
  const guarded = guardRoutes(
    [route, { ...route, path: '/admin', scope: 'admin' }, { ...route, path: '/open', scope: 'none' }],
    { API_KEYS },
  );
  for (const { path, handler } of guarded) app.get(path, handler);
  const status = async (path: string, key: string) =>
    (await app.request(path, { headers: { 'X-API-Key': key } })).status;
  expect(await status('/', CI.key)).toBe(200);
  expect(await status('/admin', OPS.key)).toBe(200);
  expect(await status('/open', CI.key)).toBe(200);
  expect(await status('/admin', CI.key)).toBe(403);
  expect(callers).toEqual(['ci', 'ops', undefined]);
});

describe('a rate limit', () => {
  it('counts by address without keys; health is not counted', async () => {
    const RATE_LIMIT = everySecond();
    const app = createApp(PREDICTOR, { RATE_LIMIT });
    expect((await app.fetch(from('192.0.2.1'))).status).toBe(200);
    expect((await app.fetch(from('192.0.2.2'))).status).toBe(200);
    const refused = await app.fetch(from('192.0.2.1'));
    expect(refused.status).toBe(429);
    expect(refused.headers.get('Retry-After')).toBe('10');
    expect(await refused.json()).toEqual({
      error: 'caller "192.0.2.1": expected no more requests than the rate limit allows, got one more',
    });
    await app.request('/v2/health/live');
    expect(RATE_LIMIT.asked).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.1']);
  });

  it('counts by key with keys, and not what no key opens', async () => {
    const RATE_LIMIT = everySecond();
    const app = createApp(PREDICTOR, { RATE_LIMIT, API_KEYS });
    const statuses = [];
    for (const key of [CI.key, undefined, OPS.key, CI.key])
      statuses.push((await app.fetch(from('192.0.2.1', key))).status);
    expect(statuses).toEqual([200, 401, 403, 429]);
    expect(RATE_LIMIT.asked).toEqual(['ci', 'ci']);
  });

  it.each([
    ['fails', () => Promise.reject(new Error('broken'))],
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['hangs', () => new Promise<never>(() => undefined)],
  ])('that %s lets everybody pass, and says so in the log without a key', async (_, limit) => {
    const log = vi.spyOn(console, 'error').mockReturnValue(undefined);
    const app = createApp(PREDICTOR, { RATE_LIMIT: { limit }, API_KEYS });
    expect((await app.fetch(from('192.0.2.1', CI.key))).status).toBe(200);
    expect(log).toHaveBeenCalledExactlyOnceWith('rate limiter lost', expect.any(Error));
    expect(JSON.stringify(log.mock.calls)).not.toContain('tk_');
  });
});
