/** Cross-origin requests, on the production bundles: off unless a var names origins. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type RunningArm, startArm } from '../../bench/arms/start-arm.ts';
import { startWorkerd } from '../../bench/arms/workerd.ts';
import { whyUnavailable } from '../../bench/peers/peers.ts';
import { ask } from '../support/ask.ts';
import { ROW } from '../support/rows.ts';

const PAGE = 'https://page.example';
const OTHER = 'https://other.example';
const PREDICT = { path: '/predict', body: JSON.stringify({ features: ROW }) };
const PREFLIGHT = {
  method: 'OPTIONS',
  path: '/v2/models/auto-mpg/infer',
  headers: {
    origin: PAGE,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type,inference-header-content-length',
  },
};

let arm: Pick<RunningArm, 'url' | 'stop'>;
afterEach(async () => {
  vi.unstubAllEnvs();
  await arm.stop();
});

/** What starts each deployment with a var, `undefined` for none. */
const STARTS: readonly (readonly [string, (origins: string | undefined) => Promise<typeof arm>])[] = [
  ['combined', (origins) => startWorkerd([{ worker: 'combined', ...varsOf(origins) }])],
  ['pair', (origins) => startWorkerd([{ worker: 'gateway', ...varsOf(origins) }, { worker: 'predictor' }])],
  [
    'deno',
    (origins) => {
      vi.stubEnv('CORS_ORIGINS', origins);
      return startArm('deno');
    },
  ],
];

function varsOf(origins: string | undefined) {
  return origins === undefined ? {} : { vars: { CORS_ORIGINS: origins } };
}

describe.each(STARTS.filter(([name]) => name !== 'deno' || whyUnavailable('deno') === null))('%s', (_, start) => {
  it('answers a preflight, and a page of a named origin', async () => {
    arm = await start(`${OTHER}, ${PAGE}`);
    const preflight = await ask(arm.url, PREFLIGHT);
    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-allow-methods': 'GET,HEAD,POST',
      'access-control-allow-headers': 'content-type,inference-header-content-length',
      'access-control-max-age': '7200',
    });
    const answer = await ask(arm.url, { ...PREDICT, headers: { origin: PAGE } });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-expose-headers':
        'Inference-Header-Content-Length,Age,Allow,Cache-Status,Retry-After,WWW-Authenticate,X-Request-Id',
      vary: 'Origin',
    });
    const refused = await ask(arm.url, { ...PREDICT, body: '', headers: { origin: PAGE } });
    expect(refused.headers).toHaveProperty('access-control-allow-origin', PAGE);
  });

  it('gives a page of another origin nothing to read with', async () => {
    arm = await start(OTHER);
    for (const question of [PREFLIGHT, { ...PREDICT, headers: { origin: PAGE } }]) {
      expect((await ask(arm.url, question)).headers).not.toHaveProperty('access-control-allow-origin');
    }
  });

  it('answers every page where the var says so', async () => {
    arm = await start('*');
    const answer = await ask(arm.url, { ...PREDICT, headers: { origin: PAGE } });
    expect(answer.headers).toHaveProperty('access-control-allow-origin', '*');
  });

  it('is off without the var', async () => {
    arm = await start(undefined);
    expect((await ask(arm.url, PREFLIGHT)).status).toBe(405);
    const answer = await ask(arm.url, { ...PREDICT, headers: { origin: PAGE } });
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });
});
