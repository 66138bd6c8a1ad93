/** The public edge of a pair on Deno or Bun: the http app over the predictor at `PREDICTOR_URL`. */
import { createApp } from '../../shared/http/app.ts';
import { predictorAt, selectCanary } from '../../shared/remote/select-predictor.ts';
import { SITE } from './site.ts';
import { vars } from './vars.ts';

const predictor = predictorAt(vars);
const { fetch } = createApp(predictor, { DEPLOYMENT: 'gateway', ...vars, SITE }, selectCanary(vars, predictor));

// Deno takes its host from the command line.
export default { fetch: (request: Request) => fetch(request), hostname: vars.HOST };
