import { expect, it } from 'vitest';
import { tryKept } from '../../shared/remote/kept-connections.ts';

/** A server's connections as workerd's pool has them, each closed by the server after five seconds without a request. */
function setUp() {
  const asked: string[] = [];
  const pool: number[] = [];
  let nowMs = 0;
  const fetch = async ({ method, url }: Request) => {
    const usedMs = pool.pop() ?? nowMs;
    asked.push(`${method} ${new URL(url).pathname}`);
    if (nowMs - usedMs >= 5_000 && nowMs - usedMs < 5_500) throw new Error('Network connection lost.');
    await new Promise(setImmediate);
    pool.push(nowMs);
    return new Response('{}');
  };
  const { fetch: kept } = tryKept({ fetch }, 'http://predictor/base/', () => nowMs);
  const infer = (count = 1) => {
    const request = () => kept(new Request('http://predictor/base/v2/models/m/infer', { method: 'POST' }));
    return Promise.all(Array.from({ length: count }, request));
  };
  const pass = (ms: number) => {
    nowMs += ms;
    asked.length = 0;
  };
  return { asked, infer, pass };
}

const [POST, GET] = ['POST /base/v2/models/m/infer', 'GET /base/v2/health/live'];

it('tries a connection of about five seconds, whether it is there or lost, and no younger or older one', async () => {
  const { asked, infer, pass } = setUp();
  await infer();
  for (const [idleMs, expected] of [
    [3_999, [POST]],
    [4_000, [GET, POST]],
    [5_000, [GET, POST]],
    [5_499, [GET, POST]],
    [6_000, [POST]],
  ] as const) {
    pass(idleMs);
    await infer();
    expect([idleMs, asked]).toEqual([idleMs, expected]);
  }
});

it('tries several connections together, but no more than a request may make calls', async () => {
  const { asked, infer, pass } = setUp();
  await infer(3);
  pass(5_000);
  await infer(1);
  expect(asked).toEqual([GET, GET, GET, POST]);
  await infer(20);
  pass(4_000);
  await infer(1);
  expect(asked).toEqual([...Array(8).fill(GET), POST]);
});
