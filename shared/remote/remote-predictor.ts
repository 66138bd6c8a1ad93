/**
 * A predictor behind the Open Inference Protocol v2, with binary tensors: another Worker over a binding's fetch,
 * or any server of the protocol at a URL. Its errors pass through with their status and text; its outputs only as its own
 * metadata describe them.
 */
import { IN_TURN, type PredictError } from '../errors.ts';
import { type CatalogEntry, type InferResponse, type ModelCatalog, NO_REVISION, type Predictor } from '../predictor.ts';
import { fail, ok, type Result } from '../result.ts';
import {
  checkOutputs,
  type Description,
  type IndexEntry,
  plainCard,
  readError,
  readIndex,
  readInferAnswer,
  readMetadata,
} from './v2-answers.ts';
import { bearer, inferMessage, modelPath } from './v2-requests.ts';

/** Something with a fetch: a service binding, or an object around the global one. */
export interface FetchLike {
  fetch(request: Request): Promise<Response>;
}

/** The API key of a predictor that wants one, and the name of the secret that has it. */
export interface PredictorKey {
  readonly name: string;
  readonly key: string | undefined;
}

const NO_KEY: PredictorKey = { name: 'PREDICTOR_KEY', key: undefined };

type Call = (path: string, init: RequestInit) => Promise<Response>;

/** `baseUrl` is the server's address without `/v2`, `key` its API key. A lost connection rejects, as `Predictor` says. */
export function createRemotePredictor(
  fetcher: FetchLike,
  baseUrl: string,
  { name, key }: PredictorKey = NO_KEY,
): Predictor {
  const base = baseUrl.replace(/\/+$/, '');
  const callUntil = (signal?: AbortSignal): Call => {
    return (path, init) => {
      const request = new Request(base + path, signal === undefined ? init : { ...init, signal });
      if (key !== undefined) request.headers.set('Authorization', bearer(key));
      return fetcher.fetch(request);
    };
  };
  const conform = createConform();
  return {
    models: async (signal) => blameKey(name, await fetchCatalog(callUntil(signal))),
    infer: async (request, signal) => {
      const call = callUntil(signal);
      const path = modelPath(request.model, request.version);
      const message = inferMessage(request);
      const headers = request.carried === undefined ? message.headers : { ...message.headers, ...request.carried };
      const response = await call(`${path}/infer`, { method: 'POST', ...message, headers });
      const answer = response.ok ? await readInferAnswer(response) : await readError(response);
      return blameKey(
        name,
        answer.ok ? await conform(call, { path, asked: request.outputs, answer: answer.value }) : answer,
      );
    },
  };
}

/** A client would take a 401 for one of its own key, where it is the gateway's that the predictor refuses. */
function blameKey<T>(name: string, answer: Result<T, PredictError>): Result<T, PredictError> {
  if (answer.ok || answer.error.kind !== 'upstream' || ![401, 403].includes(answer.error.status)) return answer;
  const remedy = `set the secret ${name} to a key of the predictor, which answers ${answer.error.status}`;
  return fail({ kind: 'internal', code: 'MISCONFIGURED', remedy });
}

interface Answered {
  readonly path: string;
  readonly asked: readonly string[] | undefined;
  readonly answer: InferResponse;
}

type Conform = (call: Call, answered: Answered) => Promise<Result<InferResponse, PredictError>>;

/** Most models and versions whose metadata are kept. */
const MAX_DESCRIBED = 1_000;

/** Holds answers against the metadata of the model at `path`: those that are kept, and where they do not do, fresh ones. */
function createConform(): Conform {
  const described = new Map<string, Description>();
  const conformTo = ({ card, revision: told }: Description, { asked, answer }: Answered) => {
    const outputs = checkOutputs(card.outputs, asked, answer.outputs);
    const revision = told === NO_REVISION ? told : answer.revision;
    return outputs.ok ? ok({ ...answer, revision, outputs: outputs.value }) : outputs;
  };
  return async (call, answered) => {
    const { path, answer } = answered;
    const kept = described.get(path);
    const isOther = kept?.revision !== answer.revision && kept?.revision !== NO_REVISION;
    const checked = kept === undefined || isOther ? undefined : conformTo(kept, answered);
    if (checked?.ok) return checked;
    const metadata = await readMetadata(await call(path, {}));
    if (!metadata.ok) return metadata;
    // Paths hold what clients write, and some servers answer for any version.
    if (described.size >= MAX_DESCRIBED) described.clear();
    described.set(path, metadata.value);
    return conformTo(metadata.value, answered);
  };
}

/**
 * The repository's index, and the metadata of each version in it. While one server replaces another behind one URL, the parts
 * may be of both: then the whole has no revision, and no answer is held against it.
 */
async function fetchCatalog(call: Call): Promise<Result<ModelCatalog, PredictError>> {
  const response = await call('/v2/repository/index', { method: 'POST', body: '{}' });
  const index = await readIndex(response);
  if (!index.ok) return index;
  const models: CatalogEntry[] = [];
  const revisions = new Set<string>();
  for (const entry of index.value) {
    const ready = (entry.state ?? 'READY') === 'READY';
    const version = entry.version || undefined;
    const metadata = await readMetadata(await call(modelPath(entry.name, version), {}), version);
    if (!metadata.ok && ready) return isGone(metadata.error) ? fail(IN_TURN) : metadata;
    if (metadata.ok) revisions.add(metadata.value.revision);
    models.push({ card: metadata.ok ? metadata.value.card : unknownCard(entry), ready, reason: entry.reason ?? '' });
  }
  const [revision = NO_REVISION, ...others] = revisions;
  return ok({ revision: others.length === 0 ? revision : NO_REVISION, models });
}

/** Of a version that the index has. */
function isGone(error: PredictError): boolean {
  return error.kind === 'upstream' && error.status === 404;
}

/** Some servers give no metadata for a model that is not ready; it stays in the catalog all the same. */
function unknownCard({ name, version }: IndexEntry) {
  return plainCard({ name, platform: '', versions: [], inputs: [], outputs: [] }, version || undefined);
}
