/** An app whose answers are kept, over a predictor that numbers its answers and fails as a test says. */
import type { PredictError } from '../../shared/errors.ts';
import { type AppVars, createApp } from '../../shared/http/app.ts';
import type { CachePolicy } from '../../shared/model-card.ts';
import type { InferResponse, Predictor } from '../../shared/predictor.ts';
import { fail, ok, type Result } from '../../shared/result.ts';
import { createTensor } from '../../shared/tensor.ts';
import { CARD, ROW } from './rows.ts';

export const POLICY: CachePolicy = { seconds: 60, staleSeconds: 600 };
export const VARS = { CACHE_BYTES: '1000000' };

export type Deed = 'answer' | 'lose' | PredictError;

/** Each answer of `ask` is the prediction or the status of an error, `Cache-Status` and `Age`. */
export function createCachedApp(cache: CachePolicy | null = POLICY, vars: AppVars = VARS) {
  const state = { deed: 'answer' as Deed, calls: 0, revision: 'r', answered: {} as Partial<InferResponse> };
  const act = async <T>(answer: () => T): Promise<Result<T, PredictError>> => {
    if (state.deed === 'lose') throw new Error('Network connection lost.');
    return state.deed === 'answer' ? ok(answer()) : fail(state.deed);
  };
  const card = { ...CARD, ...(cache === null ? {} : { cache }) };
  const predictor: Predictor = {
    models: () => act(() => ({ revision: state.revision, models: [{ card, ready: true, reason: '' }] })),
    infer: ({ inputs, outputs = [CARD.primaryOutput] }) => {
      const rows = inputs[0]?.shape[0] ?? 0;
      state.calls += 1;
      const tensors = outputs.map((name) =>
        createTensor(name, 'FP32', [rows, 1], new Float32Array(rows).fill(state.calls)),
      );
      return act(() => ({ version: CARD.version, revision: state.revision, outputs: tensors, ...state.answered }));
    },
  };
  const app = createApp(predictor, vars);
  const ask = async (body: object = { features: ROW }, headers: Record<string, string> = {}, path = '/predict') => {
    const response = await app.request(path, { method: 'POST', body: JSON.stringify(body), headers });
    const answer = await response.json();
    const { prediction, predictions: [first = prediction] = [], outputs, error } = answer;
    const told = [response.headers.get('Cache-Status'), response.headers.get('Age')];
    return [error === undefined ? (first ?? outputs[0].data[0]) : response.status, ...told];
  };
  return { app, state, ask };
}
