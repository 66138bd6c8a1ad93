/** A gateway whose predictor closes a connection that nobody has used for a while, just as it is used again. */
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { startWorkerd } from '../../bench/arms/workerd.ts';
import { ask } from '../support/ask.ts';
import { HAS_DENO, startDenoGateway } from '../support/deno-gateway.ts';
import { listen } from '../support/listen.ts';
import { PREDICTION, ROW } from '../support/rows.ts';

const PREDICT = { path: '/predict', body: JSON.stringify({ features: ROW }) };

/** Servers close after five seconds; this one does so to all who come after a little less. */
const IDLE_MS = 4_500;
const CLOSED_MS = 4_200;

const ends: (() => unknown)[] = [];
afterAll(() => Promise.all(ends.map((end) => end())));

/** Passes on to the server at `url` what does not come on a connection that was idle for too long. */
async function startRelay(url: URL) {
  const usedMs = new WeakMap<Socket, number>();
  const lost: (string | undefined)[] = [];
  const relay = createServer(async (request, response) => {
    const { socket, method = '', url: path = '', headers } = request;
    if (performance.now() - (usedMs.get(socket) ?? Number.POSITIVE_INFINITY) > CLOSED_MS) {
      lost.push(method);
      return void socket.destroy();
    }
    const length = Object.entries(headers).filter(([name]) => name.startsWith('inference-'));
    const asked = { method, path, headers: Object.fromEntries(length.map(([name, value]) => [name, String(value)])) };
    const answer = await ask(url, { ...asked, body: await buffer(request) });
    response.writeHead(answer.status, answer.headers).end(answer.text, 'latin1');
    usedMs.set(socket, performance.now());
  });
  relay.keepAliveTimeout = 60_000;
  const { url: own, close } = await listen(relay);
  ends.push(close);
  return { url: own, lost };
}

type Start = (vars: Readonly<Record<string, string>>) => Promise<{ readonly url: URL; stop(): Promise<void> }>;

const GATEWAYS: readonly (readonly [string, Start])[] = [
  ['workerd', (vars) => startWorkerd([{ worker: 'gateway', vars: { PREDICTOR_TRANSPORT: 'http', ...vars } }])],
  ...(HAS_DENO ? ([['deno', startDenoGateway]] as const) : []),
];

it.each(GATEWAYS)('a gateway on %s answers what comes just then', async (_, start) => {
  const predictor = await startWorkerd([{ worker: 'predictor' }]);
  ends.push(predictor.stop);
  const relay = await startRelay(predictor.url);
  const gateway = await start({ PREDICTOR_URL: relay.url.origin });
  ends.push(gateway.stop);
  const askTwice = () => Promise.all([ask(gateway.url, PREDICT), ask(gateway.url, PREDICT)]);
  for (let i = 0; i < 4; i++) await askTwice();
  await sleep(IDLE_MS);
  for (const { status, text } of await askTwice())
    expect([status, text]).toEqual([200, `{"prediction":${PREDICTION}}`]);
  expect(relay.lost.length).toBeGreaterThan(0);
});
