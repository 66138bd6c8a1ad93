/**
 * A predictor behind the Open Inference Protocol v2, with binary tensors: another Worker over a binding's fetch,
 * or any server of the protocol at a URL. Its errors pass through with their status and text.
 */
import type { PredictError } from '../errors.ts';
import { joinBody } from '../http/binary-body.ts';
import { encodeElements } from '../http/tensor-bytes.ts';
import type { CatalogEntry, InferRequest, ModelCatalog, Predictor } from '../predictor.ts';
import { ok, type Result } from '../result.ts';
import { type IndexEntry, plainCard, readError, readIndex, readInferAnswer, readMetadata } from './v2-answers.ts';

/** Something with a fetch: a service binding, or an object around the global one. */
export interface FetchLike {
  fetch(request: Request): Promise<Response>;
}

type Call = (path: string, init: RequestInit) => Promise<Response>;

/** `baseUrl` is the server's address without `/v2`. A lost connection rejects, as `Predictor` says. */
export function createRemotePredictor(fetcher: FetchLike, baseUrl: string): Predictor {
  const base = baseUrl.replace(/\/+$/, '');
  const call: Call = (path, init) => fetcher.fetch(new Request(base + path, init));
  return {
    models: () => fetchCatalog(call),
    infer: async (request) => {
      const path = `${modelPath(request.model, request.version)}/infer`;
      const response = await call(path, { method: 'POST', ...inferMessage(request) });
      return response.ok ? readInferAnswer(response) : readError(response);
    },
  };
}

function modelPath(model: string, version?: string): string {
  const path = `/v2/models/${encodeURIComponent(model)}`;
  return version === undefined ? path : `${path}/versions/${encodeURIComponent(version)}`;
}

/** Body and headers of `POST /v2/models/{model}/infer`, with binary tensors in both directions. */
export function inferMessage({ inputs, outputs }: Pick<InferRequest, 'inputs' | 'outputs'>) {
  const tensors = inputs.map(encodeElements);
  const header = {
    parameters: { binary_data_output: true },
    inputs: inputs.map(({ name, datatype, shape }, index) => {
      return { name, datatype, shape, parameters: { binary_data_size: tensors[index]?.byteLength } };
    }),
    outputs: outputs?.map((name) => ({ name })),
  };
  return joinBody(header, tensors);
}

/** The repository's index, and the metadata of each version in it. */
async function fetchCatalog(call: Call): Promise<Result<ModelCatalog, PredictError>> {
  const response = await call('/v2/repository/index', { method: 'POST', body: '{}' });
  const index = await readIndex(response);
  if (!index.ok) return index;
  const models: CatalogEntry[] = [];
  let revision = '';
  for (const entry of index.value) {
    const ready = (entry.state ?? 'READY') === 'READY';
    const version = entry.version || undefined;
    const metadata = await readMetadata(await call(modelPath(entry.name, version), {}), version);
    if (!metadata.ok && ready) return metadata;
    if (metadata.ok) revision = metadata.value.revision;
    models.push({ card: metadata.ok ? metadata.value.card : unknownCard(entry), ready, reason: entry.reason ?? '' });
  }
  return ok({ revision, models });
}

/** Some servers give no metadata for a model that is not ready; it stays in the catalog all the same. */
function unknownCard({ name, version }: IndexEntry) {
  return plainCard({ name, platform: '', versions: [], inputs: [], outputs: [] }, version || undefined);
}
