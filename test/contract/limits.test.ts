/** Limits: judged early, and set by vars. */
import { request } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { type RunningWorkers, startWorkers } from '../../models/build/start-workers.ts';
import { MAX_BODY_BYTES } from '../../shared/limits.ts';
import { ask } from '../support/ask.ts';
import { ROW } from '../support/rows.ts';

let workers: RunningWorkers;
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
  workers = await startWorkers([{ worker: 'combined' }]);
  expect(await statusBeforeTheEnd({ 'transfer-encoding': 'chunked' }, MAX_BODY_BYTES + 1)).toBe(413);
});

it('answers a declared length over the limit before any of the body has come', async () => {
  workers = await startWorkers([{ worker: 'combined' }]);
  expect(await statusBeforeTheEnd({ 'content-length': String(MAX_BODY_BYTES + 1) }, 0)).toBe(413);
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
