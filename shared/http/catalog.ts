/**
 * The edge's memory of what its predictor serves: asked once an isolate, and again when an answer carries another
 * revision or a request names a model or a version that is not in it.
 *
 * It keeps the value and not the promise: a promise belongs to the request that made it, and if that client goes away
 * first, workerd drops its work and every later request would wait for ever.
 */
import type { PredictError } from '../errors.ts';
import { CATALOG_MISS_MS } from '../limits.ts';
import { isVersion, unknownVersion } from '../model-versions.ts';
import type { CatalogEntry, InferRequest, ModelCatalog, Predictor } from '../predictor.ts';
import { fail, ok, type Result } from '../result.ts';
import { reach } from './reach.ts';

/** A version of a model, with the catalog that it was found in. */
export type FoundModel = CatalogEntry & { readonly catalog: ModelCatalog };

export interface Catalog {
  /** The version that the request names by number or label, or the model's first. */
  model(request: Pick<InferRequest, 'model' | 'version'>): Promise<Result<FoundModel, PredictError>>;
  /** The first version of the model marked as default, or of the only one. */
  defaultModel(): Promise<Result<FoundModel, PredictError>>;
  /** The catalog as the predictor gives it now. */
  fresh(): Promise<Result<ModelCatalog, PredictError>>;
  /** Takes note of the revision that an answer carried. */
  seen(revision: string): void;
}

type Choice = (entries: readonly CatalogEntry[]) => CatalogEntry | undefined;
type Missing = (entries: readonly CatalogEntry[]) => PredictError;

/** `nowMs` is any clock in milliseconds that moves between requests. */
export function createCatalog(predictor: Predictor, nowMs: () => number): Catalog {
  let kept: { readonly catalog: ModelCatalog; readonly atMs: number } | undefined;

  const fresh = async () => {
    const answer = await reach(() => predictor.models());
    if (answer.ok) kept = { catalog: answer.value, atMs: nowMs() };
    return answer;
  };

  const find = async (pick: Choice, missing: Missing) => {
    const recent = kept !== undefined && nowMs() - kept.atMs < CATALOG_MISS_MS;
    if (kept !== undefined && (recent || pick(kept.catalog.models) !== undefined)) {
      return pickFrom(kept.catalog, pick, missing);
    }
    const answer = await fresh();
    return answer.ok ? pickFrom(answer.value, pick, missing) : answer;
  };

  return {
    fresh,
    seen: (revision) => {
      if (kept?.catalog.revision !== revision) kept = undefined;
    },
    defaultModel: () => find(pickDefault, (entries) => ({ kind: 'no-default-model', known: namesOf(entries) })),
    model: (wanted) =>
      find(
        (entries) => entries.find(({ card }) => card.name === wanted.model && isVersion(card, wanted.version)),
        (entries) => explainMissing(wanted, entries),
      ),
  };
}

function pickFrom(catalog: ModelCatalog, pick: Choice, missing: Missing): Result<FoundModel, PredictError> {
  const entry = pick(catalog.models);
  return entry === undefined ? fail(missing(catalog.models)) : ok({ ...entry, catalog });
}

function pickDefault(entries: readonly CatalogEntry[]): CatalogEntry | undefined {
  const name = entries.find(({ card }) => card.default)?.card.name ?? onlyName(entries);
  return entries.find(({ card }) => card.name === name);
}

function onlyName(entries: readonly CatalogEntry[]): string | undefined {
  const names = namesOf(entries);
  return names.length === 1 ? names[0] : undefined;
}

function explainMissing(
  wanted: Pick<InferRequest, 'model' | 'version'>,
  entries: readonly CatalogEntry[],
): PredictError {
  const versions = entries.filter(({ card }) => card.name === wanted.model);
  if (versions.length > 0) return unknownVersion(wanted, versions);
  return { kind: 'unknown-model', model: wanted.model, known: namesOf(entries) };
}

function namesOf(entries: readonly CatalogEntry[]): string[] {
  return [...new Set(entries.map(({ card }) => card.name))];
}
