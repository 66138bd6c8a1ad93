/**
 * The edge's memory of what its predictor serves: asked once an isolate, and again when an answer carries another
 * revision or a request names a model that is not in it.
 *
 * It keeps the value and not the promise: a promise belongs to the request that made it, and if that client goes away
 * first, workerd drops its work and every later request would wait for ever.
 */
import type { PredictError } from '../errors.ts';
import { CATALOG_MISS_MS } from '../limits.ts';
import type { CatalogEntry, InferRequest, ModelCatalog, Predictor } from '../predictor.ts';
import { fail, ok, type Result } from '../result.ts';
import { reach } from './reach.ts';

/** A model of the catalog, with the revision that it was found in. */
export type FoundModel = CatalogEntry & { readonly revision: string };

export interface Catalog {
  /** The model of that name and, where the request names one, version. */
  model(request: Pick<InferRequest, 'model' | 'version'>): Promise<Result<FoundModel, PredictError>>;
  /** The model marked as default, or the only one. */
  defaultModel(): Promise<Result<FoundModel, PredictError>>;
  /** The catalog as the predictor gives it now. */
  fresh(): Promise<Result<ModelCatalog, PredictError>>;
  /** Takes note of the revision that an answer carried. */
  seen(revision: string): void;
}

interface Kept {
  readonly revision: string;
  readonly models: readonly FoundModel[];
  readonly atMs: number;
}

type Choice = (models: readonly FoundModel[]) => FoundModel | undefined;

/** `nowMs` is any clock in milliseconds that moves between requests. */
export function createCatalog(predictor: Predictor, nowMs: () => number): Catalog {
  let kept: Kept | undefined;

  const fresh = async () => {
    const answer = await reach(() => predictor.models());
    if (answer.ok) kept = { revision: answer.value.revision, models: foundIn(answer.value), atMs: nowMs() };
    return answer;
  };

  const find = async (
    pick: Choice,
    missing: (known: readonly string[]) => PredictError,
  ): Promise<Result<FoundModel, PredictError>> => {
    const known = pick(kept?.models ?? []);
    if (known !== undefined) return ok(known);
    let models = kept !== undefined && nowMs() - kept.atMs < CATALOG_MISS_MS ? kept.models : undefined;
    if (models === undefined) {
      const answer = await fresh();
      if (!answer.ok) return answer;
      models = foundIn(answer.value);
    }
    const found = pick(models);
    return found === undefined ? fail(missing(models.map(({ card }) => card.name))) : ok(found);
  };

  return {
    fresh,
    seen: (revision) => {
      if (kept?.revision !== revision) kept = undefined;
    },
    defaultModel: () => find(pickDefault, (known) => ({ kind: 'no-default-model', known })),
    model: async ({ model, version }) => {
      const found = await find(
        (models) => models.find(({ card }) => card.name === model),
        (known) => ({ kind: 'unknown-model', model, known }),
      );
      if (!found.ok || version === undefined || version === found.value.card.version) return found;
      return fail({ kind: 'unknown-version', model, version, known: found.value.card.version });
    },
  };
}

/** The model as the predictor tells it now, if it can answer. */
export async function findReady(
  catalog: Catalog,
  target: Pick<InferRequest, 'model' | 'version'>,
): Promise<Result<FoundModel, PredictError>> {
  const fresh = await catalog.fresh();
  if (!fresh.ok) return fresh;
  const found = await catalog.model(target);
  return found.ok && !found.value.ready ? fail(unavailable(found.value)) : found;
}

/** The error of a model that cannot answer now. */
export function unavailable({ card, reason }: CatalogEntry): PredictError {
  return { kind: 'model-unavailable', model: card.name, reason };
}

function foundIn({ models, revision }: ModelCatalog): FoundModel[] {
  return models.map((entry) => ({ ...entry, revision }));
}

function pickDefault(models: readonly FoundModel[]): FoundModel | undefined {
  return models.find(({ card }) => card.default) ?? (models.length === 1 ? models[0] : undefined);
}
