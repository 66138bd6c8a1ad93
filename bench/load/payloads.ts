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

/**
 * The requests of a workload; without one those of the default model. The floor has only the default model, whatever is
 * asked for. Throws when there is no such workload.
 */
export function payloads(subject: string, workload: string = DEFAULT_MODEL): readonly [Payload, ...Payload[]] {
  const name = subject === FLOOR ? DEFAULT_MODEL : workload;
  const requests = requestsOf(name);
  // The empty Worker is sent the same, and has one answer to everything: a prediction of 0.
  const [first, ...others] =
    subject === EMPTY ? requests.map((request) => ({ ...request, expects: isZero })) : requests;
  if (first === undefined) throw new Error(`workload ${name}: expected at least one golden case, got none`);
  return [judging(first), ...others.map(judging)];
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

interface Request extends Omit<Payload, 'isRight'> {
  /** Whether an answer with status 200 is the right one. */
  expects(answer: Answer): boolean;
}

/**
 * The payload with a memory of its last right answer: the same bytes again are right without another look. Servers
 * answer one request with the same bytes each time, and judging must not cost what is measured.
 */
function judging({ expects, ...request }: Request): Payload {
  let known: Uint8Array | undefined;
  const isRight = (answer: Answer) => {
    if (answer.status !== 200) return false;
    if (known !== undefined && Buffer.compare(known, answer.bytes) === 0) return true;
    if (!expects(answer)) return false;
    known = answer.bytes;
    return true;
  };
  return { ...request, isRight };
}

function requestsOf(name: string): Request[] {
  if (name === HEALTH) {
    return [{ method: 'GET', path: '/v2/health/live', headers: {}, body: null, expects: () => true }];
  }
  if (name !== DEFAULT_MODEL) return inferRequests(findWorkload(name));
  const { inputs, outputs } = goldenRows(readGolden(goldenFile(DEFAULT_MODEL)));
  return inputs.map((features, row) => ({
    ...postJson('/predict', { features }),
    expects: (answer) => isPrediction(answer, outputs[row] ?? Number.NaN),
  }));
}

function postJson(path: string, body: object): Omit<Request, 'expects'> {
  return { method: 'POST', path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

const Prediction = v.object({ prediction: v.number() });

/** Peers compute in other precisions than ours: 1e-4 is what their answers are held to. */
const TOLERANCE = 1e-4;

function isPrediction({ bytes }: Answer, expected: number): boolean {
  const answer = parse(bytes, Prediction);
  return answer !== undefined && closeTo(answer.prediction, expected, TOLERANCE);
}

function isZero(answer: Answer): boolean {
  return isPrediction(answer, 0);
}

type GoldenCase = Golden['cases'][number];

/** One request a batch; where JSON carries no golden case of the model, one that asks whether it is ready. */
function inferRequests({ model, rows, encoding }: ModelWorkload): Request[] {
  const { cases } = readGolden(goldenFile(model));
  const batches = rows === null ? cases : batchesOf(cases, rows);
  const path = `/v2/models/${model}/infer`;
  if (encoding === 'binary') return batches.map((batch) => binaryRequest(path, batch));
  const carried = batches.filter(({ inputs, outputs }) => [...inputs, ...outputs].every(isCarried));
  return carried.length === 0 ? [readyRequest(model)] : carried.map((batch) => jsonRequest(path, batch));
}

/** The golden rows of all cases, `size` of them in each; those that do not fill a batch are left out. */
function batchesOf(cases: readonly GoldenCase[], size: number): GoldenCase[] {
  const stack = (side: keyof GoldenCase) =>
    (cases[0]?.[side] ?? []).map((tensor, i) => {
      const data = cases.flatMap((golden) => golden[side][i]?.data ?? []);
      return { ...tensor, shape: [size, ...tensor.shape.slice(1)], data };
    });
  const [inputs, outputs] = [stack('inputs'), stack('outputs')];
  const part = (index: number) => (tensor: JsonTensor) => {
    const count = elementCount(tensor.shape);
    return { ...tensor, data: tensor.data.slice(index * count, (index + 1) * count) };
  };
  const rows = cases.reduce((sum, golden) => sum + (golden.inputs[0]?.shape[0] ?? 0), 0);
  return Array.from({ length: Math.floor(rows / size) }, (_, i) => {
    return { inputs: inputs.map(part(i)), outputs: outputs.map(part(i)) };
  });
}

function hasOutputs(got: readonly Tensor[], expected: readonly JsonTensor[]): boolean {
  return expected.every((output) => {
    const tensor = got.find(({ name }) => name === output.name);
    return tensor !== undefined && findDifference(tensor, output) === undefined;
  });
}

/** JSON has no FP16 here, no NaN, no infinity, and no exact integer beyond 2^53. */
function isCarried({ datatype, data }: JsonTensor): boolean {
  if (datatype === 'FP16') return false;
  return data.every((item) => datatype === 'BYTES' || typeof item === 'number' || Number.isSafeInteger(Number(item)));
}

/** Outputs of a JSON answer: BOOL as booleans, which a golden file holds as 0 and 1. */
const JsonAnswer = v.object({
  outputs: v.array(
    v.object({
      ...JsonTensor.entries,
      data: v.array(v.union([v.number(), v.string(), v.pipe(v.boolean(), v.transform(Number))])),
    }),
  ),
});

function jsonRequest(path: string, { inputs, outputs }: GoldenCase): Request {
  const wire = inputs.map(({ datatype, data, ...tensor }) => {
    const convert: (item: number | string) => unknown =
      datatype === 'BYTES' ? String : datatype === 'BOOL' ? Boolean : Number;
    return { ...tensor, datatype, data: data.map(convert) };
  });
  const expects = ({ bytes }: Answer) => {
    const got = parse(bytes, JsonAnswer)?.outputs ?? [];
    const whole = got.filter(({ shape, data }) => data.length === elementCount(shape));
    return hasOutputs(whole.map(fromJsonTensor), outputs);
  };
  return { ...postJson(path, { inputs: wire }), expects };
}

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

function binaryRequest(path: string, { inputs, outputs }: GoldenCase): Request {
  const parts = inputs.map((input) => encodeElements(fromJsonTensor(input)));
  const described = inputs.map(({ name, datatype, shape }, i) => {
    return { name, datatype, shape, parameters: { binary_data_size: parts[i]?.byteLength ?? 0 } };
  });
  const { body, headers } = joinBody({ inputs: described, parameters: { binary_data_output: true } }, parts);
  const expects = (answer: Answer) => hasOutputs(binaryOutputs(answer), outputs);
  return { method: 'POST', path, headers: Object.fromEntries(headers), body, expects };
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

const Index = v.array(v.object({ name: v.string(), state: v.string() }));

function readyRequest(model: string): Request {
  const isReady = ({ name, state }: v.InferOutput<typeof Index>[number]) => name === model && state === 'READY';
  return {
    ...postJson('/v2/repository/index', {}),
    expects: ({ bytes }) => parse(bytes, Index)?.some(isReady) ?? false,
  };
}

function parse<S extends v.GenericSchema>(bytes: Uint8Array, schema: S): v.InferOutput<S> | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), new TextDecoder().decode(bytes));
  return parsed.success ? parsed.output : undefined;
}
