/** API keys on the production bundles: what they open, what stays open, and what is said to everybody else. */
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startPrograms } from '../../bench/arms/start-arm.ts';
import { startWorkerd, type WorkerdProcess } from '../../bench/arms/workerd.ts';
import { whyUnavailable } from '../../bench/peers/peers.ts';
import { ROOT } from '../../models/build/workers.ts';
import { formatEntries, makeKey } from '../../shared/api-keys.ts';
import { createClient } from '../../shared/client.ts';
import { OPERATIONS } from '../../shared/http/openapi.ts';
import { type Answer, ask, type Question } from '../support/ask.ts';
import { PREDICTION, ROW } from '../support/rows.ts';
import { asksAsSent } from '../support/topology.ts';
import { CASES } from './cases/all.ts';

const SECRET = 'x'.repeat(43);
const [CI, NEXT, OPS] = await Promise.all([
  makeKey('ci', ['infer'], SECRET),
  makeKey('next', ['infer', 'admin'], SECRET),
  makeKey('ops', ['admin'], SECRET),
]);
const API_KEYS = formatEntries([CI, NEXT, OPS].map(({ entry }) => entry));
const EXPECTED = 'API key: expected one of this server, as "Authorization: Bearer KEY" or "X-API-Key: KEY"';

type Start = (keys: string) => Promise<Pick<WorkerdProcess, 'url' | 'stop'>>;

const STARTS = [
  ['combined', (keys) => startWorkerd([{ worker: 'combined', vars: { API_KEYS: keys } }])],
  ['pair-rpc', (keys) => startWorkerd([{ worker: 'gateway', vars: { API_KEYS: keys } }, { worker: 'predictor' }])],
  [
    'deno',
    (keys) => {
      vi.stubEnv('API_KEYS', keys);
      return startPrograms('deno', 0, ROOT);
    },
  ],
] as const satisfies readonly (readonly [string, Start])[];
const INSTALLED = STARTS.filter(([name]) => name !== 'deno' || whyUnavailable('deno') === null);

/** Every route, once. */
const QUESTIONS = Object.keys(OPERATIONS).map((route): Question => {
  const [method = '', path = ''] = route.split(' ');
  const target = method === 'POST' ? 'auto-mpg:predict' : 'auto-mpg';
  return { method, path: path.replace(':model', 'auto-mpg').replace(':version', '1').replace(':target{.+}', target) };
});
const isOpen = ({ path }: Question) => path.startsWith('/v2/health/');

const said = ({ status, text, headers }: Answer) => ({
  status,
  error: JSON.parse(text).error,
  challenge: headers['www-authenticate'],
});

afterEach(() => vi.unstubAllEnvs());

describe.each(INSTALLED)('%s with keys', (name, start) => {
  let server: Pick<WorkerdProcess, 'url' | 'stop'>;
  beforeAll(async () => {
    server = await start(API_KEYS);
  });
  afterAll(() => server.stop());
  const askWith = (headers: Readonly<Record<string, string>>, question: Question) =>
    ask(server.url, { ...question, headers: { ...question.headers, ...headers } });

  it('refuses every route to whoever has none, but health', async () => {
    const refused = { status: 401, error: `${EXPECTED}, got none`, challenge: 'Bearer realm="tandem"' };
    for (const headers of [{}, { authorization: 'Basic Y2k6eA==' }, { authorization: 'Bearer ' }]) {
      for (const question of QUESTIONS.filter((one) => !isOpen(one))) {
        expect(said(await askWith(headers, question)), question.path).toEqual(refused);
      }
    }
    for (const question of QUESTIONS.filter(isOpen)) expect((await askWith({}, question)).status).toBe(200);
  });

  it('refuses a key that it does not know, before and after it has seen the right one, and never repeats it', async () => {
    const wrong = CI.key.replace(/x$/, 'y');
    const refused = {
      status: 401,
      error: `${EXPECTED}, got one that it does not know`,
      challenge: 'Bearer realm="tandem", error="invalid_token"',
    };
    for (const key of [wrong, CI.key, wrong, CI.entry.sha256, 'tk_ci_', '__proto__']) {
      const answer = await askWith({ 'x-api-key': key }, { method: 'GET', path: '/v2' });
      if (key === CI.key) expect(answer.status).toBe(200);
      else expect(said(answer)).toEqual(refused);
    }
  });

  it('refuses a key without the scope', async () => {
    for (const question of QUESTIONS.filter((one) => !isOpen(one))) {
      expect(said(await askWith({ authorization: `Bearer ${OPS.key}` }, question)), question.path).toEqual({
        status: 403,
        error: 'API key "ops": expected the scope infer, got admin',
        challenge: 'Bearer realm="tandem", error="insufficient_scope", scope="infer"',
      });
    }
  });

  const cases = CASES.filter(({ question }) => asksAsSent(name, question));
  it('answers a right key as it answers everybody without keys', async () => {
    const ways = [
      { authorization: `Bearer ${CI.key}` },
      { 'x-api-key': CI.key },
      { authorization: `bearer  ${NEXT.key}` },
      { authorization: 'Basic Y2k6eA==', 'X-API-Key': NEXT.key },
    ];
    for (const [i, { title, question, status, answer }] of cases.entries()) {
      const got = await askWith(ways[i % ways.length] ?? {}, question);
      const expected = status === 200 ? answer : { error: answer };
      expect({ status: got.status, body: JSON.parse(got.text) }, title).toEqual({ status, body: expected });
      expect(got.headers).not.toHaveProperty('www-authenticate');
    }
  });
});

describe('a gateway', () => {
  let predictor: WorkerdProcess;
  let server: WorkerdProcess | undefined;
  beforeAll(async () => {
    predictor = await startWorkerd([{ worker: 'predictor', vars: { API_KEYS } }]);
  });
  afterEach(() => server?.stop());
  afterAll(() => predictor.stop());

  async function predictWith(vars: Readonly<Record<string, string>>): Promise<unknown> {
    const url = { PREDICTOR_TRANSPORT: 'http', PREDICTOR_URL: predictor.url.origin };
    server = await startWorkerd([{ worker: 'gateway', vars: { ...url, API_KEYS, ...vars } }]);
    return createClient(server.url, { apiKey: CI.key }).predict('auto-mpg', ROW);
  }

  it('calls its predictor with a key of its own', async () => {
    expect(await predictWith({ PREDICTOR_KEY: NEXT.key })).toBe(PREDICTION);
  });

  it.each([
    [401, {}],
    [401, { PREDICTOR_KEY: 'wrong' }],
    [403, { PREDICTOR_KEY: OPS.key }],
  ])('takes the blame for %i of its predictor', async (status, vars) => {
    const message = `MISCONFIGURED: set the secret PREDICTOR_KEY to a key of the predictor, which answers ${status}`;
    await expect(predictWith(vars)).rejects.toMatchObject({ status: 500, message });
  });
});

describe('a Worker', () => {
  let server: Pick<WorkerdProcess, 'url' | 'stop'> | undefined;
  afterEach(() => server?.stop());

  it('does not start on malformed keys, and says which, but not what it is', async () => {
    const start = startWorkerd([{ worker: 'combined', vars: { API_KEYS: `${API_KEYS},${CI.key}` } }]);
    await expect(start).rejects.toThrow(
      'secret API_KEYS, entry 4: expected ID:SCOPES:SHA256 as "npm run keys" makes it, got what looks like a key itself',
    );
    await expect(start).rejects.not.toThrow(SECRET);
  });

  it('lets a client that reads only once it has sent everything read why it is refused', async () => {
    server = await startWorkerd([{ worker: 'combined', vars: { API_KEYS } }]);
    const body = Buffer.alloc(4 * 2 ** 20, ' ');
    const socket = connect({ port: Number(server.url.port), host: server.url.hostname });
    socket.pause();
    socket.write(`POST /predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`);
    await new Promise((resolve) => socket.write(body, resolve));
    expect(Buffer.concat(await socket.toArray()).toString()).toMatch(/^HTTP\/1\.1 401 /);
  });

  it('lets nobody in where the last key is revoked', async () => {
    server = await startWorkerd([{ worker: 'combined', vars: { API_KEYS: '' } }]);
    expect(said(await ask(server.url, { path: '/predict', headers: { 'x-api-key': CI.key } })).status).toBe(401);
    expect((await ask(server.url, { method: 'GET', path: '/v2/health/live' })).status).toBe(200);
  });

  it('passes preflights without a key, and a page may send one and read why it is refused', async () => {
    server = await startWorkerd([{ worker: 'combined', vars: { API_KEYS, CORS_ORIGINS: '*' } }]);
    const origin = { origin: 'https://page.example' };
    const wish = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' };
    const preflight = await ask(server.url, { method: 'OPTIONS', path: '/predict', headers: { ...origin, ...wish } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers['access-control-allow-headers']).toBe('authorization');
    const refused = await ask(server.url, { path: '/predict', headers: origin });
    expect(refused).toMatchObject({ status: 401, headers: { 'access-control-allow-origin': '*' } });
    expect(refused.headers['access-control-expose-headers']).toContain('WWW-Authenticate');
  });
});
