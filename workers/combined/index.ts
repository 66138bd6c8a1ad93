/** One Worker: the http app over the models in this isolate. */
import { env } from 'cloudflare:workers';
import { createApp } from '../../shared/http/app.ts';
import { warmUp } from '../../shared/http/warm-up.ts';
import { createLocalPredictor } from '../../shared/inference/local-predictor.ts';
import { createMeter } from '../../shared/inference/meter.ts';

const predictor = await createLocalPredictor(env);
await warmUp();

export default createApp(predictor, env);

export const Meter = createMeter(predictor);
