/**
 * The seam. One Worker and two differ in one thing only: which `Predictor` the http app is given. Everything here is
 * plain data that structured clone carries, so that a method call and a call over a service binding look the same.
 */
import type { PredictError } from './errors.ts';
import type { ModelCard } from './model-card.ts';
import type { Result } from './result.ts';
import type { Tensor } from './tensor.ts';

/** A model and whether it can answer now; `reason` says why not and is empty when it can. */
export interface CatalogEntry {
  readonly card: ModelCard;
  readonly ready: boolean;
  readonly reason: string;
}

/**
 * What a predictor serves: an entry for each version of each model, the one that answers where none is named first of
 * its model. `revision` names this exact set of models: another set has another revision.
 */
export interface ModelCatalog {
  readonly revision: string;
  readonly models: readonly CatalogEntry[];
}

/**
 * One inference. `version` is one, or a label of one. It and `outputs` are optional: without them the model's first
 * version and all its outputs. `carried` are headers that go along with it: its id and its trace. `untilMs` is when its caller
 * gives up, by the clock of the machine: what has not begun by then need not.
 */
export interface InferRequest {
  readonly model: string;
  readonly version?: string;
  readonly inputs: readonly Tensor[];
  readonly outputs?: readonly string[];
  readonly carried?: Readonly<Record<string, string>>;
  readonly untilMs?: number;
}

/**
 * The outputs, in the order asked for, with the version and the catalog revision that made them. `predictor` says which
 * one has answered, where there are several.
 */
export interface InferResponse {
  readonly version: string;
  readonly revision: string;
  readonly outputs: readonly Tensor[];
  readonly predictor?: string;
}

/** The revision of a server that tells none: such a catalog is renewed only by an isolate's start or an unknown name. */
export const NO_REVISION = '';

/** The name of a second predictor, which answers in the place of the first. */
export const FALLBACK = 'fallback';

/**
 * Something that serves models: in this isolate, behind a binding, or behind a URL. Expected failures are values; a
 * method rejects only when the other side is lost. A signal ends a call early behind a URL; a binding takes none.
 */
export interface Predictor {
  models(signal?: AbortSignal): Promise<Result<ModelCatalog, PredictError>>;
  infer(request: InferRequest, signal?: AbortSignal): Promise<Result<InferResponse, PredictError>>;
}
