/**
 * What is kept of a request once it is answered: names of models that exist, counts and words of ours. Nothing that a
 * client wrote is in it but its id and its trace, which are held to a form.
 */
import type { CacheUse } from '../cache/cache-status.ts';
import type { PredictError } from '../errors.ts';
import type { ModelCard } from '../model-card.ts';
import type { InferRequest, InferResponse } from '../predictor.ts';
import type { Result } from '../result.ts';
import { countDrift, type FeatureDrift } from './drift.ts';
import { type Carried, REQUEST_ID, traceOf } from './trace-context.ts';

/** What the routes tell of a request; of one that is no inference, nothing. */
export interface Facts {
  /** The model in the path; undefined for the default one. */
  readonly target: Pick<InferRequest, 'model' | 'version'> | undefined;
  readonly result: Result<unknown, PredictError>;
  /** What the predictor was asked last, and what it answered. */
  readonly asked: InferRequest;
  readonly answer: Result<InferResponse, PredictError>;
  /** Where the model's card has a cache: whether it has answered. */
  readonly cache: CacheUse;
}

/** One line of the log, and what metrics are made of. `ms` is the time to the answer's head. */
export interface RequestRecord {
  readonly time: string;
  readonly id: string;
  readonly trace?: string | undefined;
  readonly deployment?: string | undefined;
  /** Method and pattern, as "POST /predict"; "none" for what no route has answered. */
  readonly route: string;
  /** The id of the API key that it came with. */
  readonly caller?: string | undefined;
  readonly status: number;
  /** "ok", the kind of an inference's error, or "refused" (4xx) and "failed" (5xx) elsewhere and of an upstream. */
  readonly outcome: string;
  readonly model?: string | undefined;
  readonly version?: string | undefined;
  /** First size of the first input. */
  readonly rows?: number | undefined;
  /** Values outside the card's ranges, and missing ones. */
  readonly outOfRange?: number | undefined;
  readonly missing?: number | undefined;
  /** Which of several predictors has answered. */
  readonly predictor?: string | undefined;
  /** "hit", "miss" or "stale", where the model's card has a cache. */
  readonly cache?: CacheUse | undefined;
  readonly ms: number;
}

/** What `recordOf` puts together. */
export interface Ending {
  readonly atMs: number;
  readonly ms: number;
  readonly deployment: string | undefined;
  readonly route: string;
  readonly caller?: string | undefined;
  readonly status: number;
  readonly carried: Carried;
  readonly facts: Partial<Facts>;
  /** Of the version that has answered or would have. */
  readonly card: ModelCard | undefined;
  readonly drift: readonly InputDrift[];
  /** Words of the predictor about itself, as `breaker`. */
  readonly state: Readonly<Record<string, string>>;
}

export interface InputDrift {
  readonly input: string;
  readonly features: readonly FeatureDrift[];
}

/** The drift of every input of an inference that was answered. */
export function driftOf({ asked, answer }: Partial<Facts>, card: ModelCard | undefined): InputDrift[] {
  if (asked === undefined || !answer?.ok) return [];
  return asked.inputs.flatMap((tensor) => {
    const spec = card?.inputs.find(({ name }) => name === tensor.name);
    return spec === undefined ? [] : { input: tensor.name, features: countDrift(spec, tensor) };
  });
}

export function recordOf({ facts, card, drift, carried, state, ...ending }: Ending): RequestRecord {
  const { asked, answer, result, cache } = facts;
  const { atMs, ms, deployment, route, caller, status } = ending;
  const counts = drift.flatMap(({ features }) => features);
  const sum = (member: 'outOfRange' | 'missing') =>
    counts.length === 0 ? undefined : counts.reduce((total, one) => total + one[member], 0);
  return {
    ...state,
    time: new Date(atMs).toISOString(),
    id: carried[REQUEST_ID] ?? '',
    trace: traceOf(carried),
    deployment,
    route,
    caller,
    status,
    outcome: outcomeOf(status, result),
    model: card?.name,
    version: card?.version,
    rows: asked === undefined ? undefined : (asked.inputs[0]?.shape[0] ?? 1),
    outOfRange: sum('outOfRange'),
    missing: sum('missing'),
    predictor: answer?.ok ? answer.value.predictor : undefined,
    cache,
    ms: Math.round(ms * 1_000) / 1_000,
  };
}

function outcomeOf(status: number, result: Facts['result'] | undefined): string {
  if (result?.ok === false && result.error.kind !== 'upstream') return result.error.kind;
  if (status < 400) return 'ok';
  return status < 500 ? 'refused' : 'failed';
}
