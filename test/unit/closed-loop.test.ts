import { expect, it } from 'vitest';
import { runClosedLoop } from '../../bench/load/closed-loop.ts';
import type { Payload } from '../../bench/load/payloads.ts';

/** A clock that moves only when a request is served, and a server that takes `serviceMs` for one at a time. */
function virtualServer(serviceMs: number) {
  const state = { nowMs: 0, underWay: 0, most: 0, paths: [] as string[] };
  const send = async ({ path }: Payload) => {
    state.underWay += 1;
    state.most = Math.max(state.most, state.underWay);
    state.paths.push(path);
    await Promise.resolve();
    state.nowMs += serviceMs;
    state.underWay -= 1;
    if (path === 'lost') throw new Error('connection reset');
    return { status: 200, text: path };
  };
  return { state, client: { send }, nowMs: () => state.nowMs };
}

const payload = (path: string, right = true): Payload => ({ path, body: '', isRight: () => right });

it('sends one after another with one connection, in the order of the payloads, until the time is up', async () => {
  const { state, client, nowMs } = virtualServer(2);
  const payloads = [payload('a'), payload('b')];
  const result = await runClosedLoop({ client, payloads, connections: 1, durationMs: 9, nowMs });
  expect(state.paths).toEqual(['a', 'b', 'a', 'b', 'a']);
  expect(state.most).toBe(1);
  expect(result).toEqual({ latenciesUs: [2000, 2000, 2000, 2000, 2000], elapsedMs: 10, errors: 0 });
});

it('keeps as many requests under way as there are connections', async () => {
  const { state, client, nowMs } = virtualServer(1);
  await runClosedLoop({ client, payloads: [payload('a')], connections: 8, durationMs: 100, nowMs });
  expect(state.most).toBe(8);
});

it('counts wrong answers and failed requests as errors and keeps their times', async () => {
  const { client, nowMs } = virtualServer(1);
  const payloads = [payload('a'), payload('wrong', false), payload('lost')];
  const result = await runClosedLoop({ client, payloads, connections: 1, durationMs: 6, nowMs });
  expect(result.errors).toBe(4);
  expect(result.latenciesUs).toHaveLength(6);
});
