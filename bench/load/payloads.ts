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
  type JsonTensor,
  readGolden,
} from '../../models/build/golden.ts';
import { toJsonElements } from '../../shared/http/tensor-json.ts';
import { decodeInferAnswer } from '../../shared/remote/v2-answers.ts';
import { inferMessage } from '../../shared/remote/v2-requests.ts';
import { elementCount } from '../../shared/tensor.ts';
import { mean } from '../stats/interval.ts';
import type { Answer, Payload } from './client.ts';
import {
  CHEAP,
  DEFAULT_MODEL,
  EMPTY,
  FLOORS,
  findWorkload,
  goldenFile,
  HEALTH,
  type ModelWorkload,
} from './workloads.ts';

/**
 * The requests of a workload; without one those of the default model. A floor has only the default model, whatever is
 * asked for. Throws when there is no such workload.
 */
export function payloads(subject: string, workload: string = DEFAULT_MODEL): readonly [Payload, ...Payload[]] {
  const name = FLOORS.includes(subject) ? DEFAULT_MODEL : workload;
  const requests = requestsOf(name);
  // The empty Worker is sent the same, and has one answer to everything: a prediction of 0.
  const [first, ...others] =
    subject === EMPTY ? requests.map((request) => ({ ...request, isRight: judging(predicts(0)) })) : requests;
  if (first === undefined) throw new Error(`workload ${name}: expected at least one golden case, got none`);
  return [first, ...others];
}

/** Repetitions of a workload's requests, so that any share of others can be put among them. */
const REPETITIONS = 10;

/** The requests of a workload and, as a share of all that is below 1, those of the cheap routes. */
export function mixedPayloads(subject: string, workload: string, cheapShare = 0): readonly [Payload, ...Payload[]] {
  const [first, ...others] = payloads(subject, workload);
  if (cheapShare === 0) return [first, ...others];
  const own = Array.from({ length: REPETITIONS }, () => [first, ...others]).flat();
  const count = Math.round((own.length * cheapShare) / (1 - cheapShare));
  const cheap = requestsOf(CHEAP);
  return [first, ...own.slice(1), ...Array.from({ length: count }, (_, i) => cheap[i % cheap.length] ?? first)];
}

/** Size of a request's body in bytes, averaged over the requests of a workload. */
export function requestBytes(workload: string): number {
  return mean(requestsOf(workload).map(({ body }) => Buffer.byteLength(body ?? '')));
}

/**
 * Holds answers of status 200 against what is expected, with a memory of the last right one: the same bytes again are
 * right without another look. Servers answer one request with the same bytes each time, and judging must not cost what is
 * measured.
 */
function judging(isExpected: (answer: Answer) => boolean): Payload['isRight'] {
  let known: Uint8Array | undefined;
  return (answer) => {
    if (answer.status !== 200) return false;
    if (known !== undefined && Buffer.compare(known, answer.bytes) === 0) return true;
    if (!isExpected(answer)) return false;
    known = answer.bytes;
    return true;
  };
}

function requestsOf(name: string): Payload[] {
  if (name === HEALTH) return [get('/v2/health/live')];
  const [kind, model = DEFAULT_MODEL] = name.split(':');
  if (kind === CHEAP) return [get('/v2/health/live'), get(`/v2/models/${model}`)];
  if (name !== DEFAULT_MODEL) return inferRequests(findWorkload(name));
  const { inputs, outputs } = goldenRows(readGolden(goldenFile(DEFAULT_MODEL)));
  return inputs.map((features, row) => postJson('/predict', { features }, predicts(outputs[row] ?? Number.NaN)));
}

function get(path: string): Payload {
  return { method: 'GET', path, headers: {}, body: null, isRight: judging(() => true) };
}

function postJson(path: string, body: object, isExpected: (answer: Answer) => boolean): Payload {
  const headers = { 'content-type': 'application/json' };
  return { method: 'POST', path, headers, body: JSON.stringify(body), isRight: judging(isExpected) };
}

const Prediction = v.pipe(v.string(), v.parseJson(), v.object({ prediction: v.number() }));

/** Peers compute in other precisions than ours: 1e-4 is what their answers are held to. */
const TOLERANCE = 1e-4;

function predicts(expected: number) {
  return ({ bytes }: Answer) => {
    const answer = v.safeParse(Prediction, new TextDecoder().decode(bytes));
    return answer.success && closeTo(answer.output.prediction, expected, TOLERANCE);
  };
}

type GoldenCase = Golden['cases'][number];

/** One request a batch. Those that JSON does not carry are left out; where it carries none, all are binary. */
function inferRequests({ model, rows, encoding }: ModelWorkload): Payload[] {
  const { cases } = readGolden(goldenFile(model));
  const batches = rows === null ? cases : batchesOf(cases, rows);
  const path = `/v2/models/${model}/infer`;
  const carried = encoding === 'json' ? batches.flatMap((batch) => jsonRequest(path, batch)) : [];
  return carried.length > 0 ? carried : batches.map((batch) => binaryRequest(path, batch));
}

/** The golden rows of all cases, `size` of them in each; those that do not fill a batch are left out, and too few are repeated. */
function batchesOf(golden: readonly GoldenCase[], size: number): GoldenCase[] {
  const count = golden.reduce((sum, { inputs }) => sum + (inputs[0]?.shape[0] ?? 0), 0);
  const times = Math.ceil(size / count);
  const cases = Array.from({ length: times }, () => golden).flat();
  const stack = (side: keyof GoldenCase) =>
    (cases[0]?.[side] ?? []).map((tensor, i) => {
      const data = cases.flatMap((one) => one[side][i]?.data ?? []);
      return { ...tensor, shape: [size, ...tensor.shape.slice(1)], data };
    });
  const [inputs, outputs] = [stack('inputs'), stack('outputs')];
  const part = (index: number) => (tensor: JsonTensor) => {
    const length = elementCount(tensor.shape);
    return { ...tensor, data: tensor.data.slice(index * length, (index + 1) * length) };
  };
  return Array.from({ length: Math.floor((count * times) / size) }, (_, i) => {
    return { inputs: inputs.map(part(i)), outputs: outputs.map(part(i)) };
  });
}

/** Nothing where JSON has no form for an element of an input or output: FP16, what is not finite. */
function jsonRequest(path: string, { inputs, outputs }: GoldenCase): Payload | [] {
  const [sent, answered] = [inputs, outputs].map((tensors) =>
    tensors.flatMap((tensor) => {
      const elements = toJsonElements({ model: path }, fromJsonTensor(tensor));
      return elements.ok ? { ...tensor, data: elements.value } : [];
    }),
  );
  if (sent?.length !== inputs.length || answered?.length !== outputs.length) return [];
  return postJson(path, { inputs: sent }, answers(outputs));
}

function binaryRequest(path: string, { inputs, outputs }: GoldenCase): Payload {
  const { body, headers } = inferMessage({ inputs: inputs.map(fromJsonTensor) });
  return { method: 'POST', path, headers, body, isRight: judging(answers(outputs)) };
}

/** Whether an answer has the golden outputs. */
function answers(outputs: readonly JsonTensor[]) {
  return ({ bytes, headerLength }: Answer) => {
    const answer = decodeInferAnswer(bytes, headerLength);
    const got = (name: string) => (answer.ok ? answer.value.outputs.find((output) => output.name === name) : undefined);
    return outputs.every((output) => findDifference(got(output.name), output) === undefined);
  };
}
