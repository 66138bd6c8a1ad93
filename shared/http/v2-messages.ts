/** Messages of the Open Inference Protocol v2: requests into tensors, answers and metadata out of ours. */
import { invalid, type PredictError, quote } from '../errors.ts';
import type { ModelCard, TensorSpec } from '../model-card.ts';
import type { CatalogEntry, InferResponse, Tensor } from '../predictor.ts';
import { ok, type Result } from '../result.ts';
import { jsonAnswer } from './answer.ts';
import { type BinaryReader, createReader, joinBody } from './binary-body.ts';
import { toJsonNumbers } from './fp32.ts';
import type { InferBody, InputTensor } from './schema.ts';
import { readTensorData } from './tensor-data.ts';

/** The input tensors of a request, whose binary ones lie one after another in `binary`. */
export function readInputs(body: InferBody, binary: Uint8Array): Result<Tensor[], PredictError> {
  const reader = createReader(binary);
  const tensors: Tensor[] = [];
  for (const input of body.inputs) {
    const where = `input ${quote(input.name)}`;
    if (input.datatype !== 'FP32') return invalid(where, 'datatype FP32', quote(input.datatype));
    const data = readData(input, where, reader);
    if (!data.ok) return data;
    tensors.push({ name: input.name, datatype: 'FP32', shape: input.shape, data: data.value });
  }
  const rest = reader.rest();
  if (rest > 0) return invalid('body', 'no bytes after the last binary tensor', `${rest} more`);
  return ok(tensors);
}

function readData(input: InputTensor, where: string, reader: BinaryReader): Result<Float32Array, PredictError> {
  const bytes = input.parameters?.binary_data_size;
  if (bytes === undefined) return readTensorData(input.data, input.shape, where);
  if (input.data !== undefined) return invalid(where, 'either "data" or "binary_data_size"', 'both');
  const rest = reader.rest();
  const data = reader.take(bytes);
  if (data !== undefined) return ok(data);
  return invalid(where, `${bytes} bytes after the JSON, a multiple of 4`, `${rest} bytes`);
}

/** The answer to an inference; `model` is the name that was asked for. */
export function inferAnswer(model: string, body: InferBody, answer: InferResponse): Result<Response, PredictError> {
  const wanted = new Map(body.outputs?.map((output) => [output.name, output.parameters?.binary_data]));
  const binary: Float32Array[] = [];
  const outputs: unknown[] = [];
  for (const output of answer.outputs) {
    const { name, datatype, shape, data } = output;
    if (wanted.get(name) ?? body.parameters?.binary_data_output ?? false) {
      binary.push(data);
      outputs.push({ name, datatype, shape, parameters: { binary_data_size: data.byteLength } });
      continue;
    }
    const numbers = toJsonNumbers(model, output);
    if (!numbers.ok) return numbers;
    outputs.push({ name, datatype, shape, data: numbers.value });
  }
  const { version, revision } = answer;
  const header = { model_name: model, model_version: version, id: body.id, parameters: { revision }, outputs };
  if (binary.length === 0) return ok(jsonAnswer(header));
  const { body: bytes, headers } = joinBody(header, binary);
  return ok(new Response(bytes, { headers }));
}

/** A model's metadata. `properties` carry the whole card and the catalog's revision, as strings. */
export function modelMetadata(card: ModelCard, revision: string): unknown {
  return {
    name: card.name,
    versions: [card.version],
    platform: card.platform,
    inputs: card.inputs.map(tensorMetadata),
    outputs: card.outputs.map(tensorMetadata),
    properties: { card: JSON.stringify(card), revision },
  };
}

function tensorMetadata({ name, datatype, shape }: TensorSpec): unknown {
  return { name, datatype, shape };
}

/** A model's line in the repository's index. */
export function indexEntry({ card, ready, reason }: CatalogEntry): unknown {
  return { name: card.name, version: card.version, state: ready ? 'READY' : 'UNAVAILABLE', reason };
}
