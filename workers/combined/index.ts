/** One Worker: the http app over the models in this isolate. */
import { env } from 'cloudflare:workers';
import { createApp } from '../../shared/http/app.ts';
import { createLocalPredictor } from '../../shared/inference/local-predictor.ts';

export default createApp(await createLocalPredictor(env), env);
