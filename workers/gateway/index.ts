/** The public edge of the pair: the http app over a predictor that lives in another Worker. */
import { env } from 'cloudflare:workers';
import { createApp } from '../../shared/http/app.ts';
import { warmUp } from '../../shared/http/warm-up.ts';
import { selectCanary, selectPredictor } from '../../shared/remote/select-predictor.ts';

await warmUp();

const predictor = selectPredictor(env);

export default createApp(predictor, env, selectCanary(env, predictor));
