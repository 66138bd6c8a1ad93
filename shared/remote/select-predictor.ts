/** Which predictors the gateway calls, and how: the one place that knows what `PREDICTOR_TRANSPORT` may say. */
import type { PredictError } from '../errors.ts';
import { type ResilienceVars, readResilience } from '../limits.ts';
import type { Predictor } from '../predictor.ts';
import { createResilientPredictor } from '../resilience/resilient-predictor.ts';
import { fail, ok, type Result } from '../result.ts';
import { tryKept } from './kept-connections.ts';
import { createRemotePredictor, type FetchLike, type PredictorKey } from './remote-predictor.ts';

/** What a gateway anywhere has: vars as plain text. */
export interface GatewayVars extends ResilienceVars {
  readonly PREDICTOR_URL?: string;
  /** An API key of the predictor, where it wants one. */
  readonly PREDICTOR_KEY?: string;
  readonly PREDICTOR_FALLBACK_URL?: string;
  readonly PREDICTOR_FALLBACK_KEY?: string;
}

/** What the gateway Worker's `env` holds: also the bindings of the predictor Worker and of a second one. */
export interface GatewayEnv extends GatewayVars {
  readonly PREDICTOR: Binding;
  readonly PREDICTOR_FALLBACK?: Binding;
  readonly PREDICTOR_TRANSPORT?: string;
}

type Binding = Predictor & FetchLike;

/** A predictor, or what is to be set. */
type Selected = Result<Predictor, string>;

/** Hosts never see this name: a binding's fetch needs an absolute URL and ignores its host. */
const BINDING_URL = 'http://predictor';

type Select = (binding: Binding, key: PredictorKey, url?: string) => Selected;

const overRpc: Select = (binding) => ok(binding);
const overFetch: Select = (binding, key) => ok(createRemotePredictor(binding, BINDING_URL, key));

const TRANSPORTS: Readonly<Record<string, Select>> = {
  rpc: overRpc,
  fetch: overFetch,
  http: (_, key, url) => remoteAt('PREDICTOR_URL', url, key),
};

/**
 * The predictor that `env` asks for; with a wrong setting, one that answers every call with an error saying so. Throws on
 * vars of its resilience that are not what is expected.
 */
export function selectPredictor(env: GatewayEnv): Predictor {
  const { PREDICTOR_FALLBACK: second, PREDICTOR_TRANSPORT: transport = 'rpc' } = env;
  const select = Object.hasOwn(TRANSPORTS, transport) ? TRANSPORTS[transport] : undefined;
  if (select === undefined) {
    const expected = Object.keys(TRANSPORTS).join(', ');
    return misconfigured(`set the var PREDICTOR_TRANSPORT to one of ${expected}; it is ${JSON.stringify(transport)}`);
  }
  const fallback = second && (select === overFetch ? overFetch : overRpc)(second, fallbackKey(env));
  return survive(env, {
    predictor: select(env.PREDICTOR, mainKey(env), env.PREDICTOR_URL),
    fallback,
    takesSignal: false,
  });
}

function mainKey({ PREDICTOR_KEY: key }: GatewayVars): PredictorKey {
  return { name: 'PREDICTOR_KEY', key };
}

function fallbackKey({ PREDICTOR_FALLBACK_KEY: key }: GatewayVars): PredictorKey {
  return { name: 'PREDICTOR_FALLBACK_KEY', key };
}

/** The predictor at `PREDICTOR_URL`, for a gateway on a platform where abandoned calls go on until they are told to end. */
export function predictorAt(vars: GatewayVars): Predictor {
  const predictor = remoteAt('PREDICTOR_URL', vars.PREDICTOR_URL, mainKey(vars));
  return survive(vars, { predictor, fallback: undefined, takesSignal: true });
}

interface Selection {
  readonly predictor: Selected;
  readonly fallback: Selected | undefined;
  readonly takesSignal: boolean;
}

/** The predictor itself where resilience is off. */
function survive(vars: GatewayVars, { predictor, fallback: bound, takesSignal }: Selection): Predictor {
  const resilience = readResilience(vars);
  if (!predictor.ok) return misconfigured(predictor.error);
  if (resilience === undefined) return predictor.value;
  const { PREDICTOR_FALLBACK_URL: url } = vars;
  if (bound !== undefined && url !== undefined) {
    return misconfigured('set PREDICTOR_FALLBACK, a binding, or the var PREDICTOR_FALLBACK_URL; both are set');
  }
  const fallback =
    url === undefined ? (bound ?? ok(undefined)) : remoteAt('PREDICTOR_FALLBACK_URL', url, fallbackKey(vars));
  if (!fallback.ok) return misconfigured(fallback.error);
  return createResilientPredictor({
    ...resilience,
    predictor: predictor.value,
    fallback: fallback.value,
    takesSignal,
  });
}

function remoteAt(name: keyof GatewayVars, url: string | undefined, key: PredictorKey): Selected {
  if (url !== undefined && URL.canParse(url) && /^https?:/.test(url)) {
    return ok(createRemotePredictor(tryKept({ fetch: (request) => fetch(request) }, url), url, key));
  }
  const got = url === undefined ? 'not set' : JSON.stringify(url);
  const needed = name === 'PREDICTOR_URL' ? ', which PREDICTOR_TRANSPORT "http" needs' : '';
  return fail(`set the var ${name} to an http or https URL${needed}; it is ${got}`);
}

function misconfigured(remedy: string): Predictor {
  const answer = async () => fail<PredictError>({ kind: 'internal', code: 'MISCONFIGURED', remedy });
  return { models: answer, infer: answer };
}
