/** A prediction while one version of a model replaces another: the rows' card and the answer are of the same version. */
import { afterEach, expect, it, vi } from 'vitest';
import { createApp } from '../../shared/http/app.ts';
import { CATALOG_MISS_MS } from '../../shared/limits.ts';
import type { ModelCard } from '../../shared/model-card.ts';
import type { Predictor } from '../../shared/predictor.ts';
import { predictorAt } from '../../shared/remote/select-predictor.ts';
import { ok } from '../../shared/result.ts';
import { createTensor } from '../../shared/tensor.ts';
import { CARD, ROW } from '../support/rows.ts';
import { scriptedServer } from '../support/scripted-server.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** Tells the versions in turn, one a call, the last one from then on, and answers as the version that `answers` names. */
function changing(told: string[], answers: (tellings: number) => string): Predictor {
  let tellings = 0;
  return {
    models: async () => {
      const version = told[Math.min(tellings++, told.length - 1)] ?? '';
      return ok({ revision: `r${version}`, models: [{ card: { ...CARD, version }, ready: true, reason: '' }] });
    },
    infer: async () => {
      const version = answers(tellings);
      const output = createTensor('Y', 'FP32', [1, 1], Float32Array.of(Number(version)));
      return ok({ version, revision: `r${version}`, outputs: [output] });
    },
  };
}

async function predict(predictor: Predictor) {
  const body = JSON.stringify({ features: ROW });
  const response = await createApp(predictor, {}).request('/predict', { method: 'POST', body });
  return [response.status, await response.json()];
}

it('reads the rows again by the card of the version that answers', async () => {
  expect(await predict(changing(['1', '2'], () => '2'))).toEqual([200, { prediction: 2 }]);
});

it('takes an answer of either version while both answer and read rows alike', async () => {
  const app = createApp(
    changing(['1', '2'], () => (Math.random() < 0.5 ? '1' : '2')),
    {},
  );
  const body = JSON.stringify({ features: ROW });
  const answers = await Promise.all(
    Array.from({ length: 200 }, async () => (await app.request('/predict', { method: 'POST', body })).json()),
  );
  expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
    new Set(['{"prediction":1}', '{"prediction":2}']),
  );
});

it('is refused for the moment where the version that answers is not to be found', async () => {
  expect(await predict(changing(['1'], () => '2'))).toEqual([
    503,
    { error: 'predictor: expected an answer, got answers of two versions in turn, as while one replaces another' },
  ]);
});

/** A predictor of one model under one version, which the test replaces; it answers a row with its first element. */
function redeployed(first: ModelCard) {
  const state = { card: first, revision: 'r1', asked: 0 };
  const predictor: Predictor = {
    models: async () => {
      state.asked += 1;
      return ok({ revision: state.revision, models: [{ card: state.card, ready: true, reason: '' }] });
    },
    infer: async ({ inputs: [input] }) => {
      const output = createTensor('Y', 'FP32', [1, 1], Float32Array.of(Number(input?.data[0])));
      return ok({ version: state.card.version, revision: state.revision, outputs: [output] });
    },
  };
  const app = createApp(predictor, {});
  const ask = async (features: object) => {
    const response = await app.request('/predict', { method: 'POST', body: JSON.stringify({ features }) });
    return [response.status, await response.json()];
  };
  return { state, ask };
}

function cardOf(...names: string[]): ModelCard {
  const features = names.map((name) => ({ name, unit: '', min: 0, max: 9, step: 1 }));
  return { ...CARD, inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, names.length], features }] };
}

it('reads the rows again where features change places under the same version', async () => {
  const { state, ask } = redeployed(cardOf('a', 'b'));
  expect(await ask({ a: 1, b: 2 })).toEqual([200, { prediction: 1 }]);
  Object.assign(state, { card: cardOf('b', 'a'), revision: 'r2' });
  expect(await ask({ a: 1, b: 2 })).toEqual([200, { prediction: 2 }]);
  expect(state.asked).toBe(2);
});

it('asks the model once where only another one is replaced', async () => {
  const { state, ask } = redeployed(cardOf('a', 'b'));
  await ask({ a: 1, b: 2 });
  state.revision = 'r2';
  expect(await ask({ a: 1, b: 2 })).toEqual([200, { prediction: 1 }]);
  expect(state.asked).toBe(2);
});

it('refuses rows by the latest card, for which it asks no more often than once in the stated time', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const { state, ask } = redeployed(cardOf('a', 'b'));
  await ask({ a: 1, b: 2 });
  Object.assign(state, { card: cardOf('a', 'c'), revision: 'r2' });
  expect(await ask({ a: 1, c: 2 })).toMatchObject([400, { error: expect.stringContaining('(a, b)') }]);
  vi.advanceTimersByTime(CATALOG_MISS_MS);
  expect(await ask({ a: 1, c: 2 })).toEqual([200, { prediction: 1 }]);
  expect(state.asked).toBe(2);
  vi.advanceTimersByTime(CATALOG_MISS_MS);
  for (const _ of [1, 2]) expect(await ask({ a: 1, b: 2 })).toMatchObject([400, {}]);
  expect(state.asked).toBe(3);
});

const answering = (value: unknown) => ({ body: JSON.stringify(value) });

it('holds no answer against a catalog whose parts are of two predictors behind one address', async () => {
  const metadata = (name: string, revision: string) => {
    const card = JSON.stringify({ ...CARD, name });
    return answering({ name, platform: '', inputs: [], outputs: [], properties: { card, revision } });
  };
  const index = answering([{ name: 'a' }, { name: 'b' }]);
  const server = await scriptedServer(index, metadata('a', 'r1'), metadata('b', 'r2'));
  const answer = await createApp(predictorAt({ PREDICTOR_URL: server.url.origin }), {}).request('/v2/models/a');
  server.close();
  expect(await answer.json()).toMatchObject({ properties: { revision: '' } });
});

it('takes no revision of a server that has no card beside it', async () => {
  const tensor = { datatype: 'FP32', shape: [-1, 8] };
  const metadata = {
    name: 'm',
    platform: '',
    inputs: [{ ...tensor, name: 'X' }],
    outputs: [{ ...tensor, name: 'Y', shape: [-1, 1] }],
    properties: { revision: 'theirs' },
  };
  const outputs = [{ name: 'Y', datatype: 'FP32', shape: [1, 1], data: [7] }];
  const inferred = answering({ model_name: 'm', outputs, parameters: { revision: 'other' } });
  const server = await scriptedServer(
    answering([{ name: 'm' }]),
    answering(metadata),
    inferred,
    answering(metadata),
    inferred,
  );
  const app = createApp(predictorAt({ PREDICTOR_URL: server.url.origin }), {});
  const body = JSON.stringify({ features: ROW });
  for (let i = 0; i < 3; i++)
    expect(await (await app.request('/predict', { method: 'POST', body })).json()).toEqual({ prediction: 7 });
  server.close();
  expect(server.asked.filter(({ url }) => url?.endsWith('/infer'))).toHaveLength(3);
});
