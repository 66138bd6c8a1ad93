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
  /** The same, or the default one, in the catalog of an answer's revision, where the predictor still tells it. */
  answered(revision: string, request?: Pick<InferRequest, 'model' | 'version'>): Promise<FoundModel | undefined>;
  /** The same, or the default one, as far as it is in memory: nobody is asked. */
  known(request?: Pick<InferRequest, 'model' | 'version'>): FoundModel | undefined;
  /** The first version of the model marked as default, or of the only one. */
  defaultModel(): Promise<Result<FoundModel, PredictError>>;
  /** The catalog as the predictor gives it now. */
  fresh(): Promise<Result<ModelCatalog, PredictError>>;
  /** Asks anew where a request does not fit `catalog` and that is not trusted any more; whether it is replaced. */
  doubt(catalog: ModelCatalog): Promise<boolean>;
  /** Takes note of the revision that an answer carried. */
  seen(revision: string): void;
}

/** A catalog, with its models as they are found. */
export interface Kept {
  readonly catalog: ModelCatalog;
  readonly models: readonly FoundModel[];
  readonly atMs: number;
}

/** Most revisions in memory: two predictors, and one in the place of each. */
const MET = 4;

type Choice = (models: readonly FoundModel[]) => FoundModel | undefined;
type Missing = (models: readonly FoundModel[]) => PredictError;

/**
 * `nowMs` is any clock in milliseconds that moves between requests. `met` are catalogs by revision, also of predictors that
 * answer in place of this one: while one replaces another, both answer for a time.
 */
export function createCatalog(predictor: Predictor, nowMs: () => number, met = new Map<string, Kept>()): Catalog {
  let kept: Kept | undefined;

  const isTrusted = ({ atMs }: Kept) => nowMs() - atMs < CATALOG_MISS_MS;

  const renew = async (): Promise<Result<Kept, PredictError>> => {
    const answer = await reach(() => predictor.models());
    if (!answer.ok) return answer;
    const catalog = answer.value;
    kept = { catalog, models: catalog.models.map((entry) => ({ ...entry, catalog })), atMs: nowMs() };
    met.delete(catalog.revision);
    met.set(catalog.revision, kept);
    for (const oldest of [...met.keys()].slice(0, -MET)) met.delete(oldest);
    return ok(kept);
  };

  const find = async (pick: Choice, missing: Missing): Promise<Result<FoundModel, PredictError>> => {
    const known = pick(kept?.models ?? []);
    if (known !== undefined) return ok(known);
    const latest = kept !== undefined && isTrusted(kept) ? ok(kept) : await renew();
    if (!latest.ok) return latest;
    const { models } = latest.value;
    const found = pick(models);
    return found === undefined ? fail(missing(models)) : ok(found);
  };

  return {
    fresh: async () => {
      const latest = await renew();
      return latest.ok ? ok(latest.value.catalog) : latest;
    },
    doubt: async (catalog) => {
      if (kept?.catalog === catalog && !isTrusted(kept)) {
        // Before the answer, or its failure: until then no other request is to ask too.
        kept = { ...kept, atMs: nowMs() };
        await renew();
      }
      return kept?.catalog !== catalog;
    },
    seen: (revision) => {
      if (kept?.catalog.revision !== revision) kept = met.get(revision);
    },
    answered: async (revision, wanted) => {
      if (!met.has(revision)) await renew();
      return pickOf(wanted)(met.get(revision)?.models ?? []);
    },
    defaultModel: () => find(pickDefault, (models) => ({ kind: 'no-default-model', known: namesOf(models) })),
    model: (wanted) => find(choiceOf(wanted), (models) => explainMissing(wanted, models)),
    known: (wanted) => pickOf(wanted)(kept?.models ?? []),
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

function choiceOf({ model, version }: Pick<InferRequest, 'model' | 'version'>): Choice {
  return (models) => models.find(({ card }) => card.name === model && isVersion(card, version));
}

function pickOf(wanted?: Pick<InferRequest, 'model' | 'version'>): Choice {
  return wanted === undefined ? pickDefault : choiceOf(wanted);
}

function pickDefault(models: readonly FoundModel[]): FoundModel | undefined {
  const marked = models.find(({ card }) => card.default);
  return marked === undefined && namesOf(models).length > 1 ? undefined : firstOf(models, marked?.card.name);
}

/** The version of a model that answers where none is named; of the only model, where none is named either. */
function firstOf(models: readonly FoundModel[], name = models[0]?.card.name): FoundModel | undefined {
  return models.find(({ card }) => card.name === name);
}

function explainMissing(wanted: Pick<InferRequest, 'model' | 'version'>, models: readonly FoundModel[]): PredictError {
  const versions = models.filter(({ card }) => card.name === wanted.model);
  if (versions.length > 0) return unknownVersion(wanted, versions);
  return { kind: 'unknown-model', model: wanted.model, known: namesOf(models) };
}

function namesOf(models: readonly FoundModel[]): string[] {
  return [...new Set(models.map(({ card }) => card.name))];
}
