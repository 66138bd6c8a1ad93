/**
 * What a subject is sent for a workload, and how an answer is judged: `/predict` for the default model, the Open Inference
 * Protocol v2 as JSON or with binary tensors for all others, from the models' golden files.
 */
import * as v from 'valibot';
import {
  closeTo,
  findDifference,
  fromJsonTensor,
  type Golden,
  goldenRows,
  JsonTensor,
  readGolden,
} from '../../models/build/golden.ts';
import { joinBody } from '../../shared/http/binary-body.ts';
import { decodeElements, encodeElements } from '../../shared/http/tensor-bytes.ts';
import { createTensor, DATATYPES, elementCount, type Tensor } from '../../shared/tensor.ts';
import type { Answer, Payload } from './client.ts';
import { DEFAULT_MODEL, EMPTY, findWorkload, goldenFile, HEALTH, type ModelWorkload } from './workloads.ts';

/** The arm with one route and no model. */
const FLOOR = 'floor';

const Prediction = v.object({ prediction: v.number() });

/**
 * The requests of a workload; without one those of the default model. The floor has only the default model, whatever is
 * asked for. Throws when there is no such workload.
 */
export function payloads(subject: string, workload: string = DEFAULT_MODEL): readonly [Payload, ...Payload[]] {
  const name = subject === FLOOR ? DEFAULT_MODEL : workload;
  const [first, ...others] = requestsOf(name).map((payload) =>
    remembering(subject === EMPTY ? emptied(payload) : payload),
  );
  if (first === undefined) throw new Error(`workload ${name}: expected at least one golden case, got none`);
  return [first, ...others];
}

const meanBytes = new Map<string, number>();

/** Size of a request's body in bytes, averaged over the requests of a workload. */
export function requestBytes(workload: string): number {
  const known = meanBytes.get(workload);
  if (known !== undefined) return known;
  const sizes = requestsOf(workload).map(({ body }) => (body === null ? 0 : Buffer.byteLength(body)));
  const bytes = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  meanBytes.set(workload, bytes);
  return bytes;
}

function requestsOf(name: string): Payload[] {
  if (name === HEALTH) return [healthPayload()];
  if (name === DEFAULT_MODEL) return defaultPayloads();
  return inferPayloads(findWorkload(name));
}

function healthPayload(): Payload {
  return { method: 'GET', path: '/v2/health/live', headers: {}, body: null, isRight: ({ status }) => status === 200 };
}

function defaultPayloads(): Payload[] {
  const golden = readGolden(goldenFile(DEFAULT_MODEL));
  const { inputs, outputs } = goldenRows(golden);
  return inputs.map((features, row) => ({
    method: 'POST',
    path: '/predict',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ features }),
    isRight: (answer) => isPrediction(answer, outputs[row] ?? Number.NaN),
  }));
}

/** The same request to the empty Worker, whose fixed answer is a prediction of 0. */
function emptied(payload: Payload): Payload {
  return { ...payload, isRight: (answer) => isPrediction(answer, 0) };
}

/** Peers compute in other precisions than ours: 1e-4 is what their answers are held to. */
const TOLERANCE = 1e-4;

function isPrediction({ status, bytes }: Answer, expected: number): boolean {
  if (status !== 200) return false;
  try {
    const parsed = v.safeParse(Prediction, JSON.parse(new TextDecoder().decode(bytes)));
    return parsed.success && closeTo(parsed.output.prediction, expected, TOLERANCE);
  } catch {
    return false;
  }
}

/**
 * The payload with a memory of its last right answer: the same bytes again are right without another look. Servers
 * answer one request with the same bytes each time, and judging must not cost what is measured.
 */
function remembering(payload: Payload): Payload {
  let known: Uint8Array | undefined;
  const isRight = (answer: Answer) => {
    if (known !== undefined && answer.status === 200 && Buffer.compare(known, answer.bytes) === 0) return true;
    const right = payload.isRight(answer);
    if (right && answer.status === 200) known = answer.bytes;
    return right;
  };
  return { ...payload, isRight };
}

type GoldenCase = Golden['cases'][number];

/** A tensor of a JSON answer: BOOL as booleans, which a golden file holds as 0 and 1. */
const WireTensor = v.object({
  ...JsonTensor.entries,
  data: v.array(v.union([v.number(), v.string(), v.pipe(v.boolean(), v.transform(Number))])),
});
const JsonAnswer = v.object({ outputs: v.array(WireTensor) });

const BinaryAnswer = v.object({
  outputs: v.array(
    v.object({
      name: v.string(),
      datatype: v.picklist(DATATYPES),
      shape: v.array(v.number()),
      parameters: v.object({ binary_data_size: v.number() }),
    }),
  ),
});

const Index = v.array(v.object({ name: v.string(), state: v.string() }));

/** One request a batch; where JSON carries no golden case of the model, one that asks whether it is ready. */
function inferPayloads({ model, rows, encoding }: ModelWorkload): Payload[] {
  const { cases } = readGolden(goldenFile(model));
  const batches = rows === null ? cases : batchesOf(cases, rows);
  if (encoding === 'binary') return batches.map((batch) => binaryPayload(model, batch));
  const carried = batches.filter(({ inputs, outputs }) => [...inputs, ...outputs].every(isCarried));
  return carried.length === 0 ? [readyPayload(model)] : carried.map((batch) => jsonPayload(model, batch));
}

/** The golden rows of all cases, `size` of them in each; those that do not fill a batch are left out. */
function batchesOf(cases: readonly GoldenCase[], size: number): GoldenCase[] {
  const rows = cases.flatMap((golden) =>
    Array.from({ length: golden.inputs[0]?.shape[0] ?? 0 }, (_, row) => ({
      inputs: golden.inputs.map((tensor) => rowOf(tensor, row)),
      outputs: golden.outputs.map((tensor) => rowOf(tensor, row)),
    })),
  );
  return Array.from({ length: Math.floor(rows.length / size) }, (_, i) => join(rows.slice(i * size, (i + 1) * size)));
}

function rowOf(tensor: JsonTensor, row: number): JsonTensor {
  const shape = [1, ...tensor.shape.slice(1)];
  const size = elementCount(shape);
  return { ...tensor, shape, data: tensor.data.slice(row * size, (row + 1) * size) };
}

function join(rows: readonly GoldenCase[]): GoldenCase {
  const stack = (tensors: readonly (JsonTensor | undefined)[]): JsonTensor[] => {
    const [first] = tensors;
    if (first === undefined) return [];
    const data = tensors.flatMap((tensor) => tensor?.data ?? []);
    return [{ ...first, shape: [tensors.length, ...first.shape.slice(1)], data }];
  };
  const [{ inputs, outputs } = { inputs: [], outputs: [] }] = rows;
  return {
    inputs: inputs.flatMap((_, i) => stack(rows.map((row) => row.inputs[i]))),
    outputs: outputs.flatMap((_, i) => stack(rows.map((row) => row.outputs[i]))),
  };
}

function jsonPayload(model: string, { inputs, outputs }: GoldenCase): Payload {
  return {
    method: 'POST',
    path: `/v2/models/${model}/infer`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ inputs: inputs.map(toWire) }),
    isRight: (answer) => answer.status === 200 && hasOutputs(jsonOutputs(answer), outputs),
  };
}

/** JSON has no FP16 here, no NaN, no infinity, and no exact integer beyond 2^53. */
function isCarried({ datatype, data }: JsonTensor): boolean {
  if (datatype === 'FP16') return false;
  return data.every((item) => datatype === 'BYTES' || typeof item === 'number' || Number.isSafeInteger(Number(item)));
}

function toWire({ datatype, data, ...tensor }: JsonTensor) {
  const convert: (item: number | string) => unknown =
    datatype === 'BYTES' ? String : datatype === 'BOOL' ? Boolean : Number;
  return { ...tensor, datatype, data: data.map(convert) };
}

function binaryPayload(model: string, { inputs, outputs }: GoldenCase): Payload {
  const parts = inputs.map((input) => encodeElements(fromJsonTensor(input)));
  const described = inputs.map(({ name, datatype, shape }, i) => {
    return { name, datatype, shape, parameters: { binary_data_size: parts[i]?.byteLength ?? 0 } };
  });
  const { body, headers } = joinBody({ inputs: described, parameters: { binary_data_output: true } }, parts);
  return {
    method: 'POST',
    path: `/v2/models/${model}/infer`,
    headers: Object.fromEntries(headers),
    body,
    isRight: (answer) => answer.status === 200 && hasOutputs(binaryOutputs(answer), outputs),
  };
}

function hasOutputs(got: readonly Tensor[], expected: readonly JsonTensor[]): boolean {
  return expected.every((output) => {
    const tensor = got.find(({ name }) => name === output.name);
    return tensor !== undefined && findDifference(tensor, output) === undefined;
  });
}

function jsonOutputs({ bytes }: Answer): Tensor[] {
  const outputs = parse(bytes, JsonAnswer)?.outputs ?? [];
  return outputs.filter(({ shape, data }) => data.length === elementCount(shape)).map(fromJsonTensor);
}

function binaryOutputs({ bytes, headerLength }: Answer): Tensor[] {
  let offset = headerLength ?? bytes.byteLength;
  const outputs = parse(bytes.subarray(0, offset), BinaryAnswer)?.outputs ?? [];
  return outputs.flatMap(({ name, datatype, shape, parameters: { binary_data_size: size } }) => {
    const elements = decodeElements(datatype, bytes.subarray(offset, offset + size));
    offset += size;
    return elements.ok ? [createTensor(name, datatype, shape, elements.value)] : [];
  });
}

function readyPayload(model: string): Payload {
  const isReady = ({ bytes }: Answer) =>
    parse(bytes, Index)?.some(({ name, state }) => name === model && state === 'READY');
  return {
    method: 'POST',
    path: '/v2/repository/index',
    headers: { 'content-type': 'application/json' },
    body: '{}',
    isRight: (answer) => answer.status === 200 && isReady(answer) === true,
  };
}

function parse<S extends v.GenericSchema>(bytes: Uint8Array, schema: S): v.InferOutput<S> | undefined {
  try {
    const parsed = v.safeParse(schema, JSON.parse(new TextDecoder().decode(bytes)));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
