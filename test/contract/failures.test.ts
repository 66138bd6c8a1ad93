/** What the deployments do when a part of them is broken: real corrupt files and real missing Workers, on workerd. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startWorkerd, type WorkerdProcess } from '../../bench/arms/workerd.ts';
import { build } from '../../models/build/build.ts';
import { RUNTIMES, type RuntimeName } from '../../models/build/options.ts';
import { type MiniflareStart, startWorkers } from '../../models/build/start-workers.ts';
import type { WorkerStart } from '../../models/build/workers.ts';
import { ask } from '../support/ask.ts';
import { CARDS } from '../support/models.ts';
import { PREDICTION, ROW } from '../support/rows.ts';

const PREDICT = { path: '/predict', body: JSON.stringify({ features: ROW }) };
const CORRUPT_MODEL = { '.onnx': new TextEncoder().encode('not a model') };
/** A wasm module that is valid and empty: it instantiates, and lacks everything that the runtime needs. */
const EMPTY_RUNTIME = { '.wasm': Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0) };
/** The same with an import "z"."z" that nobody provides: it does not instantiate. */
const UNLINKABLE_RUNTIME = {
  '.wasm': Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2, 7, 1, 1, 0x7a, 1, 0x7a, 0, 0),
};
const NO_RUNTIME = 'a runtime that did not start; this isolate stays without it until it is replaced';

let workers: Pick<WorkerdProcess, 'url' | 'stop'>;
afterEach(() => workers.stop());

async function start(...starts: WorkerStart[]): Promise<void> {
  workers = await startWorkerd(starts);
}

const BUILD_MS = 900_000;

const roots = new Map<string, string>();
beforeAll(async () => {
  for (const runtime of RUNTIMES) roots.set(runtime, (await build({ runtime })).root);
}, BUILD_MS);

type Plan = (changes: Pick<MiniflareStart, 'root' | 'replace'>) => MiniflareStart[];

const HOLDERS: readonly (readonly [string, Plan])[] = [
  ['combined', (changes) => [{ worker: 'combined', ...changes }]],
  [
    'pair',
    ({ root, ...changes }) => [
      { worker: 'gateway', root },
      { worker: 'predictor', root, ...changes },
    ],
  ],
];

const BROKEN: readonly (readonly [string, RuntimeName, Readonly<Record<string, Uint8Array>>, string])[] = [
  ['a corrupt model', 'stock', CORRUPT_MODEL, 'a session that failed to open; it is tried again at most once a second'],
  ['a stock runtime that does not instantiate', 'stock', UNLINKABLE_RUNTIME, NO_RUNTIME],
  ['a stock runtime that breaks in the middle of its start', 'stock', EMPTY_RUNTIME, NO_RUNTIME],
  ['a baked runtime that does not instantiate', 'baked', UNLINKABLE_RUNTIME, NO_RUNTIME],
  ['a baked runtime that breaks in the middle of its start', 'baked', EMPTY_RUNTIME, NO_RUNTIME],
  ['a whole runtime that breaks in the middle of its start', 'whole', EMPTY_RUNTIME, NO_RUNTIME],
];

describe.each(HOLDERS)('%s', (_, plan) => {
  it.each(BROKEN)('answers 503 with the reason for %s, again and again', async (_, runtime, replace, reason) => {
    workers = await startWorkers(plan({ root: roots.get(runtime), replace }));
    const error = `model "auto-mpg": expected it ready, got ${reason}`;
    for (let i = 0; i < 3; i++) {
      const got = await ask(workers.url, PREDICT);
      expect({ status: got.status, body: JSON.parse(got.text) }).toEqual({ status: 503, body: { error } });
      expect(got.headers['retry-after']).toBe('1');
    }
    for (const path of ['/v2/health/ready', '/v2/models/auto-mpg/ready']) {
      expect((await ask(workers.url, { method: 'GET', path })).status).toBe(503);
    }
    expect((await ask(workers.url, { method: 'GET', path: '/v2/health/live' })).status).toBe(200);
    const index = await ask(workers.url, { path: '/v2/repository/index', body: '{}' });
    expect(JSON.parse(index.text)).toEqual(
      CARDS.map(({ name, version }) => ({ name, version, state: 'UNAVAILABLE', reason })),
    );
  });
});

describe('the gateway', () => {
  it('answers 500 with the expected values for an unknown transport', async () => {
    await start({ worker: 'gateway', vars: { PREDICTOR_TRANSPORT: 'constructor' } }, { worker: 'predictor' });
    const got = await ask(workers.url, PREDICT);
    expect(got.status).toBe(500);
    expect(JSON.parse(got.text).error).toBe(
      'MISCONFIGURED: set the var PREDICTOR_TRANSPORT to one of rpc, fetch, http; it is "constructor"',
    );
  });

  it.each([
    ['no URL', {}, 'it is not set'],
    ['a URL that is none', { PREDICTOR_URL: 'predictor:80' }, 'it is "predictor:80"'],
  ])('answers 500 for transport http with %s', async (_, vars, what) => {
    await start({ worker: 'gateway', vars: { PREDICTOR_TRANSPORT: 'http', ...vars } });
    const got = await ask(workers.url, PREDICT);
    expect(got.status).toBe(500);
    expect(JSON.parse(got.text).error).toMatch(/^MISCONFIGURED: set the var PREDICTOR_URL to an http or https URL/);
    expect(JSON.parse(got.text).error).toContain(what);
  });

  it('answers 503 when nobody listens at its URL, and 200 once somebody does', async () => {
    const predictor = await startWorkerd([{ worker: 'predictor' }]);
    await predictor.stop();
    const { port, origin } = predictor.url;
    await start({ worker: 'gateway', vars: { PREDICTOR_TRANSPORT: 'http', PREDICTOR_URL: origin } });
    const lost = await ask(workers.url, PREDICT);
    expect(lost.status).toBe(503);
    expect(JSON.parse(lost.text).error).toMatch(/^predictor: expected an answer, got none/);
    expect((await ask(workers.url, { method: 'GET', path: '/v2/health/ready' })).status).toBe(503);

    const back = await startWorkerd([{ worker: 'predictor' }], { port: Number(port) });
    const found = await ask(workers.url, PREDICT);
    await back.stop();
    expect(JSON.parse(found.text)).toEqual({ prediction: PREDICTION });
  });

  it('passes a foreign server on: cards from plain metadata, answers in JSON, errors unchanged', async () => {
    const server = createServer((request, response) => {
      const answers: Record<string, unknown> = {
        '/v2/repository/index': [{ name: 'm' }, { name: 'n' }],
        '/v2/models/m': {
          name: 'm',
          platform: 'other',
          inputs: [{ name: 'A', datatype: 'FP32', shape: [-1, 2] }],
          outputs: [{ name: 'B', datatype: 'FP32', shape: [-1, 1] }],
        },
        '/v2/models/n': {
          name: 'n',
          platform: 'other',
          inputs: [{ name: 'A', datatype: 'FP32', shape: [-1, 2] }],
          outputs: [{ name: 'B', datatype: 'INT64', shape: [-1] }],
        },
        '/v2/models/n/infer': {
          model_name: 'n',
          outputs: [
            { name: 'B', datatype: 'INT64', shape: [1], data: [JSON.rawJSON('9007199254740993')] },
            { name: 'C', datatype: 'BYTES', shape: [2], data: ['a', ''] },
            { name: 'D', datatype: 'BOOL', shape: [], data: [true] },
          ],
        },
        '/v2/models/m/infer': { model_name: 'm', outputs: [{ name: 'B', datatype: 'FP32', shape: [1, 1], data: [5] }] },
      };
      const answer = answers[request.url ?? ''];
      response.writeHead(answer === undefined ? 418 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer ?? { error: 'no such thing here' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const vars = { PREDICTOR_TRANSPORT: 'http', PREDICTOR_URL: `http://127.0.0.1:${port}/` };
    await start({ worker: 'gateway', vars });

    const predicted = await ask(workers.url, { path: '/models/m/predict', body: '{"features":[1,2]}' });
    expect(JSON.parse(predicted.text)).toEqual({ prediction: 5 });
    const exact = await ask(workers.url, { path: '/models/n/predict', body: '{"features":[1,2]}' });
    expect(exact.text).toBe('{"prediction":9007199254740993}');
    const input = { name: 'A', shape: [1, 2], datatype: 'FP32', data: [1, 2] };
    const refused = await ask(workers.url, { path: '/v2/models/x/infer', body: JSON.stringify({ inputs: [input] }) });
    expect({ status: refused.status, body: refused.text }).toEqual({
      status: 418,
      body: '{"error":"no such thing here"}',
    });
    server.close();
  });

  it('answers the next client when the first one left while the catalog was being fetched', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const predictor = await startWorkerd([{ worker: 'predictor' }]);
    let requests = 0;
    const slow = createServer(async (request, response) => {
      requests += 1;
      if (requests === 1) {
        await held;
        response.end();
        return;
      }
      const body = request.method === 'POST' ? Buffer.concat(await request.toArray()) : undefined;
      const length = request.headers['inference-header-content-length'];
      const headers = typeof length === 'string' ? { 'inference-header-content-length': length } : {};
      const answer = await fetch(new URL(request.url ?? '/', predictor.url), {
        method: request.method ?? 'GET',
        headers,
        ...(body === undefined ? {} : { body }),
      });
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
    const { port } = slow.address() as AddressInfo;
    const vars = { PREDICTOR_TRANSPORT: 'http', PREDICTOR_URL: `http://127.0.0.1:${port}` };
    await start({ worker: 'gateway', vars });

    const leaving = new AbortController();
    const first = fetch(new URL('/predict', workers.url), {
      method: 'POST',
      body: PREDICT.body,
      signal: leaving.signal,
    });
    while (requests === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    leaving.abort();
    await expect(first).rejects.toThrow();
    const second = await ask(workers.url, PREDICT);
    release();
    slow.close();
    await predictor.stop();
    expect(JSON.parse(second.text)).toEqual({ prediction: PREDICTION });
  });
});
