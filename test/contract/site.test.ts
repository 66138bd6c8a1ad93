/** The site's files from every deployment and Cloudflare's own asset layer, and the app's answer where there is none. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Miniflare } from 'miniflare';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from 'wrangler';
import { type RunningArm, startArm } from '../../bench/arms/start-arm.ts';
import { configFile, ROOT } from '../../models/build/workers.ts';
import { SITE_HEADERS } from '../../shared/http/site.ts';
import { ask } from '../support/ask.ts';
import { DEPLOYMENTS } from '../support/topology.ts';

const HEADERS = Object.fromEntries(Object.entries(SITE_HEADERS).map(([name, value]) => [name.toLowerCase(), value]));

/** Paths, files, and types. */
const FILES = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/playground.js', 'playground.js', 'text/javascript; charset=utf-8'],
  ['/playground.css', 'playground.css', 'text/css; charset=utf-8'],
  ['/docs', 'docs.html', 'text/html; charset=utf-8'],
  ['/docs.js', 'docs.js', 'text/javascript; charset=utf-8'],
  ['/swagger-ui-bundle.js', 'swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
  ['/swagger-ui.css', 'swagger-ui.css', 'text/css; charset=utf-8'],
  ['/openapi.json', 'openapi.json', 'application/json'],
  ['/client.js', 'client.js', 'text/javascript; charset=utf-8'],
  ['/client.d.ts', 'client.d.ts', 'application/typescript; charset=utf-8'],
] as const;

/** Files that programs of any origin may read. */
const SHARED = ['/client.js', '/client.d.ts', '/openapi.json'];

type Site = Pick<RunningArm, 'url' | 'stop'>;

/** The asset layer as wrangler sets it up, over a Worker that is never asked for a file. */
async function startAssets(): Promise<Site> {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(unstable_readConfig({ config: configFile('combined') }));
  const { assets, compatibilityDate } = workerOptions;
  const miniflare = new Miniflare({ modules: true, script: 'export default {}', cf: false, assets, compatibilityDate });
  return { url: await miniflare.ready, stop: () => miniflare.dispose() };
}

const ASSET_LAYER = "Cloudflare's asset layer";

const STARTS: readonly (readonly [string, () => Promise<Site>])[] = [
  ...DEPLOYMENTS.map((topology) => [topology, () => startArm(topology)] as const),
  [ASSET_LAYER, startAssets],
];

describe.each(STARTS)('%s', (name, start) => {
  let arm: Site;
  beforeAll(async () => {
    arm = await start();
  });
  afterAll(() => arm.stop());

  it.each(FILES)('serves %s', async (path, file, type) => {
    const { status, text, headers } = await ask(arm.url, { method: 'GET', path });
    expect({ status, headers }).toMatchObject({ status: 200, headers: { ...HEADERS, 'content-type': type } });
    expect(headers['access-control-allow-origin']).toBe(SHARED.includes(path) ? '*' : undefined);
    expect(text).toBe(readFileSync(join(ROOT, 'dist/site', file), 'latin1'));
    expect(await ask(arm.url, { method: 'HEAD', path })).toMatchObject({ status: 200, text: '', headers: HEADERS });
  });

  if (name === ASSET_LAYER) return;
  it.each([
    ['GET', '/none'],
    ['GET', '/none.js'],
    ['GET', `/${'a'.repeat(300)}.js`],
    ['GET', '/_headers'],
    ['GET', '/.gitignore'],
    ['GET', '/..%2fdeno%2fcombined.js'],
    ['POST', '/'],
  ])('answers %s %s as any unknown route', async (method, path) => {
    const { status, text, headers } = await ask(arm.url, { method, path });
    const error = expect.stringMatching(/^route: expected POST \/predict, .*, got /);
    expect({ status, body: JSON.parse(text) }).toEqual({ status: 404, body: { error } });
    expect(headers).not.toHaveProperty('content-security-policy');
  });
});
