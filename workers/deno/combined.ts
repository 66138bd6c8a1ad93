/** One process on Deno or Bun: the http app over the models in it. The predictor of a pair there is the same. */
import { createApp } from '../../shared/http/app.ts';
import { createLocalPredictor } from '../../shared/inference/local-predictor.ts';
import { SITE } from './site.ts';
import { vars } from './vars.ts';

const { fetch } = createApp(await createLocalPredictor(vars), { DEPLOYMENT: 'combined', ...vars, SITE });

// Deno takes its host from the command line.
export default { fetch: (request: Request) => fetch(request), hostname: vars.HOST };
