/** Limits: judged early, and set by vars. */
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { startWorkerd, type WorkerdProcess } from '../../bench/arms/workerd.ts';
import { MAX_BODY_BYTES, MAX_ROWS } from '../../shared/limits.ts';
import { ask } from '../support/ask.ts';
import { ROW } from '../support/rows.ts';

let workers: WorkerdProcess;
afterEach(() => workers.stop());

/** Sends headers and the start of a body that it never ends, and waits for the answer all the same. */
function statusBeforeTheEnd(headers: Record<string, string>, bytes: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const open = request(new URL('/predict', workers.url), { method: 'POST', headers }, (response) => {
      resolve(response.statusCode);
      open.destroy();
    });
    open.on('error', reject);
    open.flushHeaders();
    if (bytes > 0) open.write(Buffer.alloc(bytes, ' '));
  });
}

it('answers a body of unknown length as soon as it is over the limit', async () => {
  workers = await startWorkerd([{ worker: 'combined' }]);
  expect(await statusBeforeTheEnd({ 'transfer-encoding': 'chunked' }, MAX_BODY_BYTES + 1)).toBe(413);
});

it('answers a declared length over the limit before any of the body has come', async () => {
  workers = await startWorkerd([{ worker: 'combined' }]);
  expect(await statusBeforeTheEnd({ 'content-length': String(MAX_BODY_BYTES + 1) }, 0)).toBe(413);
});

const MIB = 2 ** 20;
it.each([
  [
    'a body over the limit',
    '/predict',
    8 * MIB,
    413,
    `expected at most ${MAX_BODY_BYTES} bytes (var MAX_BODY_BYTES), got`,
  ],
  ['an unknown route', '/nope', MIB, 404, 'got POST /nope'],
  ['a wrong method', '/v2/models/auto-mpg', MIB, 405, 'expected method GET, HEAD, got POST'],
  ['a wrong verb', '/v1/models/auto-mpg:explain', MIB, 404, ':predict is the only verb of models here'],
  ['a route that is not served', '/v2/logging', MIB, 404, 'got POST /v2/logging'],
])('lets a client that reads only once it has sent everything read of %s', async (_, path, bytes, status, text) => {
  workers = await startWorkerd([{ worker: 'combined' }]);
  const body = Buffer.alloc(bytes, ' ');
  const socket = connect({ port: Number(workers.url.port), host: workers.url.hostname });
  socket.pause();
  socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`);
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.write(body, () => resolve());
  });
  const answer = Buffer.concat(await socket.toArray()).toString();
  expect(answer.startsWith(`HTTP/1.1 ${status} `)).toBe(true);
  expect(answer).toContain(text);
});

it.each([
  ['a body that ends before its declared length', 'Content-Length: 40\r\n\r\n{"fea'],
  ['a body whose chunks are malformed', 'Transfer-Encoding: chunked\r\n\r\nzz\r\n'],
])('answers 400, not a fault of the server, to %s', async (_, rest) => {
  workers = await startWorkerd([{ worker: 'combined' }]);
  const socket = connect({ port: Number(workers.url.port), host: workers.url.hostname, allowHalfOpen: true });
  socket.end(`POST /predict HTTP/1.1\r\nHost: x\r\n${rest}`);
  const answer = Buffer.concat(await socket.toArray()).toString();
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('{"error":"body: expected all of it, got a transfer that broke off"}');
});

it('raises and lowers limits by vars; rows no further than the build has tried', async () => {
  workers = await startWorkerd([{ worker: 'combined', vars: { MAX_ROWS: '2000', MAX_BODY_BYTES: '2000000' } }]);
  const rows = (count: number) => JSON.stringify({ instances: Array.from({ length: count }, () => ROW) });
  expect((await ask(workers.url, { path: '/predict', body: rows(MAX_ROWS).padEnd(1_500_000) })).status).toBe(200);
  const untried = await ask(workers.url, { path: '/predict', body: rows(MAX_ROWS + 1) });
  expect(JSON.parse(untried.text).error).toContain(`expected at most ${MAX_ROWS} in dimension 0`);
  const over = await ask(workers.url, { path: '/predict', body: rows(2001) });
  expect(JSON.parse(over.text).error).toContain('expected at most 2000 rows, got 2001');
  const large = await ask(workers.url, { path: '/predict', body: ' '.repeat(2_000_001) });
  expect(large.status).toBe(413);
});
