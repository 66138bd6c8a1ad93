/** A prediction while one version of a model replaces another: the rows' card and the answer are of the same version. */
import { expect, it } from 'vitest';
import { createApp } from '../../shared/http/app.ts';
import type { Predictor } from '../../shared/predictor.ts';
import { ok } from '../../shared/result.ts';
import { createTensor } from '../../shared/tensor.ts';
import { CARD, ROW } from '../support/rows.ts';

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

it('is refused for the moment where versions answer in turn', async () => {
  const inTurn = changing(['1', '2', '1'], (tellings) => (tellings === 1 ? '2' : '1'));
  expect(await predict(inTurn)).toEqual([
    503,
    { error: 'predictor: expected an answer, got answers of two versions in turn, as while one replaces another' },
  ]);
});
