/** Which predictor the gateway calls: the one place that knows what `PREDICTOR_TRANSPORT` may say. */
import type { PredictError } from '../errors.ts';
import type { Predictor } from '../predictor.ts';
import { fail } from '../result.ts';
import { createRemotePredictor, type FetchLike } from './remote-predictor.ts';

/** What the gateway's `env` holds: the predictor Worker's binding, and vars as plain text. */
export interface GatewayEnv {
  readonly PREDICTOR: Predictor & FetchLike;
  readonly PREDICTOR_TRANSPORT?: string;
  readonly PREDICTOR_URL?: string;
  /** An API key of the predictor, where it wants one. */
  readonly PREDICTOR_KEY?: string;
}

/** Hosts never see this name: a binding's fetch needs an absolute URL and ignores its host. */
const BINDING_URL = 'http://predictor';

const TRANSPORTS: Readonly<Record<string, (env: GatewayEnv) => Predictor>> = {
  rpc: (env) => env.PREDICTOR,
  fetch: (env) => createRemotePredictor(env.PREDICTOR, BINDING_URL, env.PREDICTOR_KEY),
  http: (env) => predictorAt(env.PREDICTOR_URL, env.PREDICTOR_KEY),
};

/** The predictor that `env` asks for; with a wrong setting, one that answers every call with an error saying so. */
export function selectPredictor(env: GatewayEnv): Predictor {
  const transport = env.PREDICTOR_TRANSPORT ?? 'rpc';
  const create = Object.hasOwn(TRANSPORTS, transport) ? TRANSPORTS[transport] : undefined;
  if (create !== undefined) return create(env);
  const expected = Object.keys(TRANSPORTS).join(', ');
  return misconfigured(`set the var PREDICTOR_TRANSPORT to one of ${expected}; it is ${JSON.stringify(transport)}`);
}

/** The predictor at an http or https URL; without one, one that answers every call with an error saying so. */
export function predictorAt(url: string | undefined, key?: string): Predictor {
  if (url !== undefined && URL.canParse(url) && /^https?:/.test(url)) {
    return createRemotePredictor({ fetch: (request) => fetch(request) }, url, key);
  }
  const got = url === undefined ? 'not set' : JSON.stringify(url);
  return misconfigured(
    `set the var PREDICTOR_URL to an http or https URL, which PREDICTOR_TRANSPORT "http" needs; it is ${got}`,
  );
}

function misconfigured(remedy: string): Predictor {
  const answer = async () => fail<PredictError>({ kind: 'internal', code: 'MISCONFIGURED', remedy });
  return { models: answer, infer: answer };
}
