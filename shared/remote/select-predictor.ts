/** Which predictors the gateway calls, and how: the one place that knows what `PREDICTOR_TRANSPORT` may say. */
import type { PredictError } from '../errors.ts';
import type { Canary } from '../http/canary.ts';
import { type ResilienceVars, readResilience } from '../limits.ts';
import type { Predictor } from '../predictor.ts';
import { type CanaryVars, readTrial } from '../release/canary.ts';
import { createResilientPredictor, named } from '../resilience/resilient-predictor.ts';
import { fail, ok, type Result } from '../result.ts';
import { tryKept } from './kept-connections.ts';
import { createRemotePredictor, type FetchLike, type PredictorKey } from './remote-predictor.ts';

/** What a gateway anywhere has: vars as plain text. */
export interface GatewayVars extends ResilienceVars, CanaryVars {
  readonly PREDICTOR_URL?: string;
  /** An API key of the predictor, where it wants one. */
  readonly PREDICTOR_KEY?: string;
  readonly PREDICTOR_FALLBACK_URL?: string;
  readonly PREDICTOR_FALLBACK_KEY?: string;
  readonly PREDICTOR_CANARY_URL?: string;
  readonly PREDICTOR_CANARY_KEY?: string;
}

/** What the gateway Worker's `env` holds: also the bindings of the predictor Worker and of others. */
export interface GatewayEnv extends GatewayVars {
  readonly PREDICTOR: Binding;
  readonly PREDICTOR_FALLBACK?: Binding;
  readonly PREDICTOR_CANARY?: Binding;
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
  const { PREDICTOR_TRANSPORT: transport = 'rpc' } = env;
  const select = Object.hasOwn(TRANSPORTS, transport) ? TRANSPORTS[transport] : undefined;
  if (select === undefined) {
    const expected = Object.keys(TRANSPORTS).join(', ');
    return misconfigured(`set the var PREDICTOR_TRANSPORT to one of ${expected}; it is ${JSON.stringify(transport)}`);
  }
  return survive(env, select(env.PREDICTOR, keyOf(env, 'PREDICTOR'), env.PREDICTOR_URL), false);
}

/** The predictor at `PREDICTOR_URL`, for a gateway on a platform where abandoned calls go on until they are told to end. */
export function predictorAt(vars: GatewayVars): Predictor {
  return survive(vars, remoteAt('PREDICTOR_URL', vars.PREDICTOR_URL, keyOf(vars, 'PREDICTOR')), true);
}

/**
 * The predictor on trial beside `stable`, which answers what that one fails to, also where it is not there at all; undefined
 * where none is. Throws on vars that are not what is expected.
 */
export function selectCanary(env: GatewayVars & Partial<GatewayEnv>, stable: Predictor): Canary | undefined {
  const trial = readTrial(env);
  if (trial === undefined) return undefined;
  const resilience = readResilience(env);
  if (resilience === undefined) throw new Error('var CANARY: expected RESILIENCE on, got off');
  const selected = besides(env, 'PREDICTOR_CANARY') ?? fail('set PREDICTOR_CANARY, a binding, or PREDICTOR_CANARY_URL');
  const predictor = named(selected.ok ? selected.value : misconfigured(selected.error), 'canary');
  // What a copy fails with is to be seen.
  const fallback = trial.isShadow ? undefined : stable;
  return {
    trial,
    predictor: createResilientPredictor({
      ...resilience,
      predictor,
      fallback,
      takesSignal: env.PREDICTOR_CANARY_URL !== undefined,
    }),
  };
}

/** The predictor itself where resilience is off. */
function survive(env: GatewayVars, predictor: Selected, takesSignal: boolean): Predictor {
  const resilience = readResilience(env);
  if (!predictor.ok) return misconfigured(predictor.error);
  if (resilience === undefined) return predictor.value;
  const fallback = besides(env, 'PREDICTOR_FALLBACK') ?? ok(undefined);
  if (!fallback.ok) return misconfigured(fallback.error);
  return createResilientPredictor({
    ...resilience,
    predictor: predictor.value,
    fallback: fallback.value,
    takesSignal,
  });
}

/** Another predictor, where there is one: bound, and called as the first one is, or at a URL. */
function besides(
  env: GatewayVars & Partial<GatewayEnv>,
  name: 'PREDICTOR_FALLBACK' | 'PREDICTOR_CANARY',
): Selected | undefined {
  const { [name]: binding, [`${name}_URL` as const]: url } = env;
  // Elsewhere than on Workers a binding would be an environment variable of that name.
  const bound = typeof binding === 'object' ? binding : undefined;
  if (url === undefined)
    return bound && (env.PREDICTOR_TRANSPORT === 'fetch' ? overFetch : overRpc)(bound, keyOf(env, name));
  if (bound !== undefined) return fail(`set ${name}, a binding, or the var ${name}_URL; both are set`);
  return remoteAt(`${name}_URL`, url, keyOf(env, name));
}

function keyOf(env: GatewayVars, predictor: 'PREDICTOR' | 'PREDICTOR_FALLBACK' | 'PREDICTOR_CANARY'): PredictorKey {
  const name = `${predictor}_KEY` as const;
  return { name, key: env[name] };
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
