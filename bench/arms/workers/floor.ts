/**
 * The floor: the http app over a dot product in JavaScript, for the default model only; and that predictor by itself, for a
 * gateway.
 */
import { WorkerEntrypoint } from 'cloudflare:workers';
import * as v from 'valibot';
import cardJson from '../../../models/auto-mpg/card.json' with { type: 'json' };
import { createApp } from '../../../shared/http/app.ts';
import { ModelCard } from '../../../shared/model-card.ts';
import type { InferRequest, Predictor } from '../../../shared/predictor.ts';
import { ok } from '../../../shared/result.ts';

const { intercept, weights } = cardJson.coefficients;
const card = v.parse(ModelCard, cardJson);

function dotProducts({ inputs }: InferRequest): Float32Array {
  const data = inputs[0]?.data;
  const x = data instanceof Float32Array ? data : new Float32Array();
  return Float32Array.from({ length: x.length / weights.length }, (_, row) =>
    weights.reduce((sum, weight, column) => sum + weight * (x[row * weights.length + column] ?? 0), intercept),
  );
}

const predictor: Predictor = {
  models: async () => ok({ revision: 'floor', models: [{ card, ready: true, reason: '' }] }),
  infer: async (request) => {
    const data = dotProducts(request);
    return ok({
      version: card.version,
      revision: 'floor',
      outputs: [{ name: card.primaryOutput, datatype: 'FP32', shape: [data.length, 1], data }],
    });
  },
};

export default createApp(predictor, {});

export class FloorPredictor extends WorkerEntrypoint implements Predictor {
  models() {
    return predictor.models();
  }

  infer(request: InferRequest) {
    return predictor.infer(request);
  }
}
