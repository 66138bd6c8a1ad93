/**
 * The module that the build makes of the client, inside a page, a Worker and Deno: the same program gives the same answers.
 * Left out where there is no Chromium or Deno.
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Miniflare } from 'miniflare';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningArm, startArm } from '../../bench/arms/start-arm.ts';
import { findInstalled } from '../../bench/peers/peers.ts';
import { ROOT, readConfig } from '../../models/build/workers.ts';
import { PREDICTION, ROW } from '../support/rows.ts';
import { run } from '../support/run.ts';

const CHROMIUM = '/usr/bin/chromium';
const DENO = findInstalled('deno');
const CLIENT = join(ROOT, 'dist/site/client.js');

const PROGRAM = `
import { ClientError, createClient } from './client.js';

export async function tryOut(url, options) {
  const client = createClient(url, options);
  const X = { datatype: 'FP32', shape: [1, 8], data: Float32Array.from(${JSON.stringify(ROW)}) };
  const penguin = { datatype: 'FP32', shape: [1, 4], data: Float32Array.of(50, 15, 220, 5200) };
  const { outputs } = await client.infer('auto-mpg', { X });
  const caught = async (call) => call.then(String, (error) => [error instanceof ClientError, error.kind ?? error.name]);
  return JSON.stringify([
    await client.predict('auto-mpg', ${JSON.stringify(ROW)}),
    [outputs.Y.data instanceof Float32Array, ...outputs.Y.data],
    (await client.infer('penguins', { X: penguin })).outputs.label.data,
    (await client.metadata('penguins')).inputs[0].features[0].name,
    await caught(client.metadata('none')),
    await caught(client.server({ signal: AbortSignal.abort() })),
    await caught(createClient('http://127.0.0.1:1').server()),
    await caught(createClient(url, { fetch: () => new Promise(() => undefined), timeoutMs: 50 }).server()),
  ]);
}`;

const ANSWERS = [
  PREDICTION,
  [true, PREDICTION],
  ['Gentoo'],
  'beak_length',
  [true, 'refused'],
  [false, 'AbortError'],
  [true, 'unreachable'],
  [true, 'timeout'],
];

const folder = mkdtempSync(join(tmpdir(), 'tandem-client-'));
let arm: RunningArm;
beforeAll(async () => {
  for (const name of ['client.js', 'client.d.ts']) cpSync(join(ROOT, 'dist/site', name), join(folder, name));
  writeFileSync(join(folder, 'program.js'), PROGRAM);
  arm = await startArm('combined');
});
afterAll(async () => {
  await arm.stop();
  rmSync(folder, { recursive: true });
});

it('it is small', () => {
  expect(readFileSync(CLIENT).length).toBeLessThan(29_000);
});

it('in Node', async () => {
  const main = `import { tryOut } from './program.js'; process.stdout.write(await tryOut('${arm.url}'));`;
  writeFileSync(join(folder, 'node.mjs'), main);
  const { stdout } = await run(process.execPath, [join(folder, 'node.mjs')]);
  expect(JSON.parse(stdout)).toEqual(ANSWERS);
});

it.skipIf(DENO === undefined)('in Deno', async () => {
  const main = `import { tryOut } from './program.js'; console.log(await tryOut('${arm.url}'));`;
  writeFileSync(join(folder, 'deno.js'), main);
  const { stdout } = await run(DENO ?? '', ['run', '--no-lock', '--allow-net=127.0.0.1', join(folder, 'deno.js')]);
  expect(JSON.parse(stdout)).toEqual(ANSWERS);
});

it.each([
  ['by its URL', ''],
  ['by a service binding', ', { fetch: (url, init) => env.TANDEM.fetch(url, init) }'],
])('in a Worker, %s', async (_, options) => {
  const main = `import { tryOut } from './program.js';
    export default { fetch: async (_, env) => new Response(await tryOut('${arm.url}'${options})) };`;
  const modules = { 'main.js': main, 'program.js': PROGRAM, 'client.js': readFileSync(CLIENT, 'utf8') };
  const miniflare = new Miniflare({
    compatibilityDate: readConfig('combined').compatibility_date,
    modules: Object.entries(modules).map(([path, contents]) => ({ type: 'ESModule', path, contents })),
    serviceBindings: { TANDEM: { external: { address: arm.url.host, http: {} } } },
    cf: false,
    telemetry: { enabled: false },
  });
  try {
    expect(await (await miniflare.dispatchFetch('http://caller/')).json()).toEqual(ANSWERS);
  } finally {
    await miniflare.dispose();
  }
});

it.skipIf(!existsSync(CHROMIUM))('in a page', async () => {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    await page.route(/\/(client|program)\.js$/, (route) => {
      return route.fulfill({ path: join(folder, new URL(route.request().url()).pathname) });
    });
    await page.goto(new URL('/v2', arm.url).href);
    const text = await page.evaluate<string>(`import('/program.js').then(({ tryOut }) => tryOut(''))`);
    expect(JSON.parse(text)).toEqual(ANSWERS);
  } finally {
    await browser.close();
  }
});
