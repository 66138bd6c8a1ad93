/** The predictor's methods, called over RPC by somebody who never passes the edge. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningWorkers, startWorkers } from '../../models/build/start-workers.ts';
import type { InferRequest, Predictor } from '../../shared/predictor.ts';
import { CARDS } from '../support/models.ts';
import { GOLDEN, ROW } from '../support/rows.ts';

let workers: RunningWorkers;
let predictor: Predictor;
beforeAll(async () => {
  workers = await startWorkers([{ worker: 'gateway' }, { worker: 'predictor' }]);
  const bindings = await workers.miniflare.getBindings<{ PREDICTOR: Predictor }>('tandem-gateway');
  predictor = bindings.PREDICTOR;
});
afterAll(() => workers.stop());

function request(rows: readonly (readonly number[])[], change: object = {}): InferRequest {
  const data = Float32Array.from(rows.flat());
  return { model: 'auto-mpg', inputs: [{ name: 'X', datatype: 'FP32', shape: [rows.length, 8], data, ...change }] };
}

it('tells its models with their cards', async () => {
  const catalog = await predictor.models();
  expect(catalog).toMatchObject({
    ok: true,
    value: { models: CARDS.map((card) => ({ card, ready: true, reason: '' })) },
  });
});

it('answers runs that overlap with the right rows each', async () => {
  const answers = await Promise.all(GOLDEN.inputs.map((row) => predictor.infer(request([row]))));
  const got = answers.map((answer) => (answer.ok ? answer.value.outputs[0]?.data[0] : undefined));
  expect(got).toEqual(GOLDEN.outputs);
});

it('runs nothing for a caller that has given up', async () => {
  const [now, row] = [Date.now(), request([ROW])];
  expect(await predictor.infer({ ...row, untilMs: now - 1_000 })).toEqual({ ok: false, error: { kind: 'expired' } });
  expect(await predictor.infer({ ...row, untilMs: now + 60_000 })).toMatchObject({ ok: true });
});

it.each([
  ['a datatype', { datatype: 'INT64' }, 'datatype FP32', 'INT64'],
  ['data that is no FP32', { data: [...ROW] }, 'FP32 data', 'an array of 8'],
  ['a shape', { shape: [8, 1] }, 'shape [-1,8] (-1 varies)', '[8,1]'],
  ['a size below zero', { shape: [-1, 8] }, 'shape [-1,8] (-1 varies)', '[-1,8]'],
  ['a size that is no whole number', { shape: [0.5, 8] }, 'shape [-1,8] (-1 varies)', '[0.5,8]'],
  ['fewer elements than the shape has', { shape: [2, 8] }, '16 elements for shape [2,8]', '8'],
  ['more rows than the limit', { shape: [1025, 8] }, 'at most 1024 rows', '1025'],
])('checks %s itself', async (_, change, expected, got) => {
  const answer = await predictor.infer(request([ROW], change));
  const error = { kind: 'invalid-request', where: 'model "auto-mpg", input "X"', expected, got };
  expect(answer).toMatchObject({ ok: false, error });
});
