/** Limits: judged early, and set by vars. */
import { request } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { type RunningWorkers, startWorkers } from '../../models/build/start-workers.ts';
import { MAX_BODY_BYTES } from '../../shared/limits.ts';
import { ask } from '../support/ask.ts';
import { ROW } from '../support/rows.ts';

let workers: RunningWorkers;
afterEach(() => workers.stop());

const endless = (onPull: (bytes: number) => void) =>
  new ReadableStream({
    pull(controller) {
      const chunk = new Uint8Array(65_536).fill(0x20);
      onPull(chunk.length);
      controller.enqueue(chunk);
    },
  });

it('answers a body of unknown length as soon as it is over the limit', async () => {
  workers = await startWorkers([{ worker: 'combined' }]);
  let sent = 0;
  const body = endless((bytes) => {
    sent += bytes;
  });
  const got = await ask(workers.url, { path: '/predict', body });
  expect(got.status).toBe(413);
  expect(JSON.parse(got.text).error).toBe(`body: expected at most ${MAX_BODY_BYTES} bytes, got more`);
  expect(sent).toBeLessThan(16 * MAX_BODY_BYTES);
});

it('answers a declared length over the limit before any of the body has come', async () => {
  workers = await startWorkers([{ worker: 'combined' }]);
  const status = await new Promise((resolve, reject) => {
    const headers = { 'content-length': String(MAX_BODY_BYTES + 1) };
    const open = request(new URL('/predict', workers.url), { method: 'POST', headers }, (response) => {
      resolve(response.statusCode);
      open.destroy();
    });
    open.on('error', reject);
    open.flushHeaders();
  });
  expect(status).toBe(413);
});

it('raises and lowers limits by vars', async () => {
  workers = await startWorkers([{ worker: 'combined', vars: { MAX_ROWS: '2000', MAX_BODY_BYTES: '200000' } }]);
  const rows = (count: number) => JSON.stringify({ instances: Array.from({ length: count }, () => ROW) });
  expect((await ask(workers.url, { path: '/predict', body: rows(2000) })).status).toBe(200);
  const over = await ask(workers.url, { path: '/predict', body: rows(2001) });
  expect(JSON.parse(over.text).error).toContain('expected 1 to 2000 rows, got 2001');
  const large = await ask(workers.url, { path: '/predict', body: ' '.repeat(200_001) });
  expect(large.status).toBe(413);
});
