/** Messages of the Open Inference Protocol v2: requests into tensors, answers and metadata out of ours. */
import { invalid, type PredictError, quote } from '../errors.ts';
import type { ModelCard, TensorSpec } from '../model-card.ts';
import type { CatalogEntry, InferRequest, InferResponse, ModelCatalog } from '../predictor.ts';
import { ok, type Result } from '../result.ts';
import { createTensor, DATATYPES, type Datatype, isDatatype, type Tensor, type TensorData } from '../tensor.ts';
import { ANSWER_HEADERS, encodedAnswer, jsonAnswer } from './answer.ts';
import { type BinaryReader, createReader, joinBody } from './binary-body.ts';
import type { InferBody } from './schema.ts';
import { decodeElements, encodeElements } from './tensor-bytes.ts';
import { readTensorData } from './tensor-data.ts';
import { type OutputOwner, toJsonElements } from './tensor-json.ts';

/** What a request's tensors are read from and by. */
export interface InputSource {
  /** The binary tensors, one after another. */
  readonly binary: Uint8Array;
  /** Names of the inputs in whose JSON data null stands for NaN. */
  readonly nullable: ReadonlySet<string>;
}

/** The input tensors of a request. */
export function readInputs(body: InferBody, { binary, nullable }: InputSource): Result<Tensor[], PredictError> {
  const reader = createReader(binary);
  const tensors: Tensor[] = [];
  for (const input of body.inputs) {
    const { name, datatype, shape, data } = input;
    const where = `input ${quote(name)}`;
    if (!isDatatype(datatype)) return invalid(where, `a datatype of ${DATATYPES.join(', ')}`, quote(datatype));
    const bytes = input.parameters?.binary_data_size ?? undefined;
    if (bytes !== undefined && data !== undefined && data !== null) {
      return invalid(where, 'either "data" or "binary_data_size"', 'both');
    }
    const elements =
      bytes === undefined
        ? readTensorData(data, { where, datatype, shape, nullIsNan: nullable.has(name) })
        : readBinary(reader, bytes, { where, datatype });
    if (!elements.ok) return elements;
    tensors.push(createTensor(name, datatype, shape, elements.value));
  }
  const rest = reader.rest();
  if (rest > 0) return invalid('body', 'no bytes after the last binary tensor', `${rest} more`);
  return ok(tensors);
}

function readBinary(
  reader: BinaryReader,
  bytes: number,
  { where, datatype }: { readonly where: string; readonly datatype: Datatype },
): Result<TensorData, PredictError> {
  const rest = reader.rest();
  const taken = reader.take(bytes);
  if (taken === undefined) return invalid(where, `${bytes} bytes after the JSON`, `${rest} bytes`);
  const elements = decodeElements(datatype, taken);
  return elements.ok ? elements : invalid(where, elements.error.expected, elements.error.got);
}

/** A request, what its body says, and the answer to it. */
export interface Exchange {
  readonly request: Request;
  readonly body: InferBody;
  readonly answer: InferResponse;
}

/** The answer to an inference; `owner.model` is the name that was asked for. */
export function inferAnswer(owner: OutputOwner, { request, body, answer }: Exchange): Result<Response, PredictError> {
  const wanted = new Map(body.outputs?.map((output) => [output.name, output.parameters?.binary_data]));
  const binary: Uint8Array[] = [];
  const outputs: unknown[] = [];
  for (const output of answer.outputs) {
    const { name, datatype, shape } = output;
    if (wanted.get(name) ?? body.parameters?.binary_data_output ?? false) {
      const bytes = encodeElements(output);
      binary.push(bytes);
      outputs.push({ name, datatype, shape, parameters: { binary_data_size: bytes.byteLength } });
      continue;
    }
    const elements = toJsonElements(owner, output);
    if (!elements.ok) return elements;
    outputs.push({ name, datatype, shape, data: elements.value });
  }
  const { version, revision } = answer;
  const header = {
    model_name: owner.model,
    model_version: version,
    id: body.id ?? undefined,
    parameters: { revision },
    outputs,
  };
  if (binary.length === 0) return ok(jsonAnswer(header, request));
  const { body: bytes, headers } = joinBody(header, binary);
  return ok(encodedAnswer(bytes, { ...headers, ...ANSWER_HEADERS }, request));
}

/** Most characters: Workers Logs cut what one request logs at 256 KB. https://developers.cloudflare.com/workers/observability/logs/ */
const MAX_LINE = 200_000;

/**
 * An inference as a line of those that `models -- replay` sends; undefined where JSON has no form for a tensor, or the line is longer
 * than logs keep. A number that is not finite is null.
 */
export function requestLine({ model, version, inputs, outputs }: InferRequest): string | undefined {
  const tensors: unknown[] = [];
  for (const input of inputs) {
    const { name, datatype, shape } = input;
    const data = toJsonElements({ model, nonFinite: 'null' }, input);
    if (!data.ok) return undefined;
    tensors.push({ name, datatype, shape, data: data.value });
  }
  const wanted = outputs?.map((name) => ({ name }));
  const line = JSON.stringify({ model_name: model, model_version: version, inputs: tensors, outputs: wanted });
  return line.length <= MAX_LINE ? line : undefined;
}

/** A version's metadata, with all versions of its model. `properties` carry the whole card and the catalog's revision. */
export function modelMetadata(card: ModelCard, { models, revision }: ModelCatalog): unknown {
  const versions = models.filter((entry) => entry.card.name === card.name).map((entry) => entry.card.version);
  return {
    name: card.name,
    versions: versions.sort((a, b) => Number(a) - Number(b)),
    platform: card.platform,
    inputs: card.inputs.map(tensorMetadata),
    outputs: card.outputs.map(tensorMetadata),
    properties: { card: JSON.stringify(card), revision },
  };
}

function tensorMetadata({ name, datatype, shape }: TensorSpec): unknown {
  return { name, datatype, shape };
}

/** A version's line in the repository's index. */
export function indexEntry({ card, ready, reason }: CatalogEntry): unknown {
  return { name: card.name, version: card.version, state: ready ? 'READY' : 'UNAVAILABLE', reason };
}
