/** The public edge of a pair on Deno or Bun: the http app over the predictor at `PREDICTOR_URL`. */
import { createApp } from '../../shared/http/app.ts';
import { predictorAt } from '../../shared/remote/select-predictor.ts';
import { SITE } from './site.ts';
import { vars } from './vars.ts';

const { fetch } = createApp(predictorAt(vars), { DEPLOYMENT: 'gateway', ...vars, SITE });

// Deno takes its host from the command line.
export default { fetch: (request: Request) => fetch(request), hostname: vars.HOST };
