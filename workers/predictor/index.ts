/** The models, private: methods for a gateway over RPC, and the http app for one that speaks the v2 protocol. */
import { env, WorkerEntrypoint } from 'cloudflare:workers';
import { createApp } from '../../shared/http/app.ts';
import { warmUp } from '../../shared/http/warm-up.ts';
import { createLocalPredictor } from '../../shared/inference/local-predictor.ts';
import { createMeter } from '../../shared/inference/meter.ts';
import type { InferRequest, Predictor } from '../../shared/predictor.ts';

const predictor = await createLocalPredictor(env);
await warmUp();
const app = createApp(predictor, env);

export default class PredictorWorker extends WorkerEntrypoint implements Predictor {
  models() {
    return predictor.models();
  }

  infer(request: InferRequest) {
    return predictor.infer(request);
  }

  override fetch(request: Request) {
    return app.fetch(request);
  }
}

export const Meter = createMeter(predictor);
