import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from '../../shared/client.ts';
import type { Client } from '../../shared/client-api.ts';
import { type Line, type ScriptedServer, scriptedServer } from '../support/scripted-server.ts';

const SERVER: Line = { body: '{"name":"s","version":"1"}' };
const PREDICTED: Line = { body: '{"prediction":1}' };
const BUSY = { status: 503, headers: { 'Retry-After': '0' }, body: '{"error":"not now"}' };

let server: ScriptedServer | undefined;
afterEach(() => server?.close());

async function play(...script: readonly Line[]): Promise<Client> {
  server = await scriptedServer(...script);
  return createClient(server.url, { timeoutMs: 5_000 });
}

const predict = (client: Client) => client.predict('m', [1]);
const askServer = (client: Client) => client.server();
const X = { datatype: 'FP32', shape: [1], data: Float32Array.of(1) } as const;

describe('what is tried again', () => {
  it.each([
    ['an answer of 503 where nothing is computed', [BUSY, SERVER], askServer, 2],
    ['an answer of 429, also to an inference', [{ ...BUSY, status: 429 }, PREDICTED], predict, 2],
    [
      '503 whose Retry-After is a date',
      [{ ...BUSY, headers: { 'Retry-After': new Date(0).toUTCString() } }, SERVER],
      askServer,
      2,
    ],
    ['503 without Retry-After, twice', [{ ...BUSY, headers: {} }, BUSY, SERVER], askServer, 3],
    ['a broken connection where nothing is computed', ['break', SERVER], askServer, 2],
  ] as const)('%s', async (_, script, ask, requests) => {
    await expect(ask(await play(...script))).resolves.toBeDefined();
    expect(server?.asked.length).toBe(requests);
  });

  it.each([
    ['503 to an inference, which may have ended the predictor', [BUSY, PREDICTED], predict, 'overloaded', 503],
    ['a broken connection of an inference', ['break', PREDICTED], predict, 'unreachable', null],
    ['a fault of the server', [{ ...BUSY, status: 500 }, PREDICTED], predict, 'server', 500],
    ['a deadline of the server', [{ ...BUSY, status: 504 }, PREDICTED], predict, 'server', 504],
    ['a fault of the request', [{ ...BUSY, status: 400 }, PREDICTED], predict, 'refused', 400],
    ['an answer that is no JSON', [{ body: '<html>' }, PREDICTED], predict, 'protocol', 200],
    [
      '503 that asks for more time than there is',
      [{ ...BUSY, headers: { 'Retry-After': '60' } }, SERVER],
      askServer,
      'overloaded',
      503,
    ],
  ] as const)('not: %s', async (_, script, ask, kind, status) => {
    await expect(ask(await play(...script))).rejects.toMatchObject({ name: 'ClientError', kind, status });
    expect(server?.asked.length).toBe(1);
  });

  it('at most as often as is said, and then the last error with what the server asks for', async () => {
    const client = await play(BUSY);
    await expect(askServer(client)).rejects.toMatchObject({ kind: 'overloaded', message: 'not now', retryAfterMs: 0 });
    expect(server?.asked.length).toBe(3);
    await expect(client.server({ retries: 0 })).rejects.toMatchObject({ status: 503 });
    expect(server?.asked.length).toBe(4);
  });
});

describe('every wait ends', () => {
  it.each([
    ['in an answer that stops', ['stall']],
    ['between attempts', [{ ...BUSY, headers: {} }]],
  ] as const)('%s', async (_, script) => {
    const client = await play(...script);
    const late = client.server({ timeoutMs: 300, retries: 9 });
    await expect(late).rejects.toSatisfy(({ kind }) => kind === 'timeout' || kind === 'overloaded');
  });

  it.each([{}, { timeoutMs: undefined, retries: undefined }])(
    'in a fetch that does not heed its signal, by the options of the client where a call has %j',
    async (call) => {
      const client = createClient('http://any', { fetch: () => new Promise(() => undefined), timeoutMs: 20 });
      const message = 'expected an answer within 20 ms, got none';
      await expect(client.server(call)).rejects.toMatchObject({ kind: 'timeout', status: null, message });
    },
  );

  it('with the reason of the signal that aborts it, before and during the call', async () => {
    const client = await play('stall');
    const reason = new Error('enough');
    await expect(client.server({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(server?.asked).toEqual([]);
    const controller = new AbortController();
    const answer = client.server({ signal: controller.signal });
    setTimeout(() => controller.abort(reason), 50);
    await expect(answer).rejects.toBe(reason);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('so that no time-out is %d', async (timeoutMs) => {
    await expect(createClient('http://localhost').server({ timeoutMs })).rejects.toThrow(RangeError);
  });
});

describe('a request', () => {
  it('has the headers of the client, and a path below its address, whatever the name', async () => {
    server = await scriptedServer(PREDICTED);
    const client = createClient(`${server.url}below/`, { headers: { authorization: 'Bearer x' } });
    await client.predict('a/b?', [1]);
    expect(server.asked[0]).toMatchObject({
      method: 'POST',
      url: '/below/models/a%2Fb%3F/predict',
      headers: { authorization: 'Bearer x', 'content-type': 'application/json' },
    });
  });

  it('goes through the fetch that is given, with a signal', async () => {
    const client = createClient('http://any', {
      fetch: async (url, { signal }) => Response.json({ name: url, version: String(signal?.aborted) }),
    });
    expect(await client.server()).toEqual({ name: 'http://any/v2', version: 'false', extensions: [] });
  });

  it.each(['.', '..'])('is not sent to another model, as the name %j would have it', async (name) => {
    const client = await play(SERVER);
    for (const call of [
      () => client.predict(name, [1]),
      () => client.metadata(name),
      () => client.infer('m', { X }, { version: name }),
    ]) {
      await expect(call()).rejects.toThrow('expected a name that a path can hold, got /');
    }
    expect(server?.asked).toEqual([]);
  });

  it('is not sent when its data does not fit', async () => {
    const client = await play(SERVER);
    const wrong = { ...X, datatype: 'FP64' } as unknown as typeof X;
    await expect(client.infer('m', { X: wrong })).rejects.toThrow('tensor X: expected the elements of FP64');
    const nan = { ...X, data: Float32Array.of(Number.NaN) };
    await expect(client.infer('m', { X: nan }, { encoding: 'json' })).rejects.toThrow(/^input "X": expected finite/);
    expect(server?.asked).toEqual([]);
  });
});

it('an answer that lacks an output that was asked for is not of the protocol', async () => {
  const client = await play({ body: '{"outputs":[]}' });
  await expect(client.infer('m', { X }, { outputs: ['Y'] })).rejects.toMatchObject({ kind: 'protocol' });
});

it('the text of an error is that of the server, or says that there was none', async () => {
  const client = await play({ status: 404, body: '{"error":"model: none"}' }, { status: 502, body: '<html>' });
  await expect(client.metadata('m')).rejects.toMatchObject({ kind: 'refused', message: 'model: none' });
  await expect(client.metadata('m')).rejects.toMatchObject({
    kind: 'server',
    message: expect.stringContaining('status 502 without an error text'),
  });
});

it('a server that says in any way that it is not ready is not, and one that says nothing is no answer', async () => {
  const client = await play(BUSY, { status: 400, body: '' }, { body: '' }, 'break');
  expect([await client.ready(), await client.ready('m'), await client.ready()]).toEqual([false, false, true]);
  await expect(client.ready()).rejects.toMatchObject({ kind: 'unreachable' });
  expect(server?.asked.map(({ url }) => url)).toEqual([
    '/v2/health/ready',
    '/v2/models/m/ready',
    '/v2/health/ready',
    '/v2/health/ready',
  ]);
});
