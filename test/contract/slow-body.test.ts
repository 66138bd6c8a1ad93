/** Clients that send their body a byte at a time, to deployments with a bound for it. */
import { connect } from 'node:net';
import { afterAll, expect, it } from 'vitest';
import { startWorkerd } from '../../bench/arms/workerd.ts';
import { ask } from '../support/ask.ts';
import { HAS_DENO, startDenoGateway } from '../support/deno-gateway.ts';
import { PREDICTION, ROW } from '../support/rows.ts';

const BODY = JSON.stringify({ features: ROW });
const VARS = { BODY_TIMEOUT_MS: '400' };
const LATE = '{"error":"body: expected all of it within 400 ms (var BODY_TIMEOUT_MS), got less"}';

type Started = { readonly url: URL; stop(): Promise<void> };
const ends: Started['stop'][] = [];
afterAll(() => Promise.all(ends.map((end) => end())));

const STARTS: readonly (readonly [string, () => Promise<Started>])[] = [
  ['workerd', () => startWorkerd([{ worker: 'combined', vars: VARS }])],
  ...(HAS_DENO ? ([['deno', startOnDeno]] as const) : []),
];

async function startOnDeno(): Promise<Started> {
  const predictor = await startWorkerd([{ worker: 'predictor' }]);
  ends.push(predictor.stop);
  return startDenoGateway({ ...VARS, PREDICTOR_URL: predictor.url.origin });
}

/** What is answered to a client that does nothing else, as far as the end of an error. */
async function trickle({ port }: URL, path: string, head: string, bytes: string): Promise<string> {
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(`POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${head}\r\n\r\n`);
  let sent = 0;
  const timer = setInterval(() => socket.write(bytes[sent++ % bytes.length] ?? ''), 50);
  let answer = '';
  for await (const chunk of socket) {
    answer += chunk;
    if (answer.endsWith('"}')) break;
  }
  clearInterval(timer);
  return answer;
}

it.each(STARTS)('%s answers 408 to those that are not done in time', async (_, start) => {
  const { url, stop } = await start();
  ends.push(stop);
  const declared = `Content-Length: ${2 ** 19}`;
  const answers = await Promise.all([
    trickle(url, '/predict', declared, ' '),
    trickle(url, '/v2/models/auto-mpg/infer', `${declared}\r\nInference-Header-Content-Length: 2`, ' '),
    trickle(url, '/predict', 'Transfer-Encoding: chunked', '1\r\n \r\n'),
  ]);
  for (const answer of answers) expect([answer.slice(0, 12), answer.includes(LATE)]).toEqual(['HTTP/1.1 408', true]);
  expect((await ask(url, { path: '/predict', body: BODY })).text).toBe(`{"prediction":${PREDICTION}}`);
});
