/** Requests in the Open Inference Protocol v2 from any model's golden file, as far as JSON carries its tensors. */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { findDifference, fromJsonTensor, Golden, JsonTensor } from '../../models/build/golden.ts';
import type { Payload } from './payloads.ts';

/** A tensor of an answer: BOOL as booleans, which a golden file holds as 0 and 1. */
const WireTensor = v.object({
  ...JsonTensor.entries,
  data: v.array(v.union([v.number(), v.string(), v.pipe(v.boolean(), v.transform(Number))])),
});
const Answer = v.object({ outputs: v.array(WireTensor) });

const Index = v.array(v.object({ name: v.string(), state: v.string() }));

/** One request a golden case; where JSON carries none of them, one that asks whether the model is ready. */
export function goldenPayloads(model: string): Payload[] {
  const file = new URL(`../../models/${model}/golden.json`, import.meta.url);
  const { cases } = v.parse(Golden, JSON.parse(readFileSync(file, 'utf8')));
  const carried = cases.filter(({ inputs, outputs }) => [...inputs, ...outputs].every(isCarried));
  if (carried.length === 0) return [readyPayload(model)];
  return carried.map(({ inputs, outputs }) => ({
    path: `/v2/models/${model}/infer`,
    body: JSON.stringify({ inputs: inputs.map(toWire) }),
    isRight: (status, text) => status === 200 && isGolden(text, outputs),
  }));
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

function isGolden(text: string, expected: readonly JsonTensor[]): boolean {
  const answer = parse(text, Answer);
  return expected.every((output) => {
    const got = answer?.outputs.find(({ name }) => name === output.name);
    return got !== undefined && findDifference(fromJsonTensor(got), output) === undefined;
  });
}

function readyPayload(model: string): Payload {
  const isReady = (text: string) => parse(text, Index)?.some(({ name, state }) => name === model && state === 'READY');
  return {
    path: '/v2/repository/index',
    body: '{}',
    isRight: (status, text) => status === 200 && isReady(text) === true,
  };
}

function parse<S extends v.GenericSchema>(text: string, schema: S): v.InferOutput<S> | undefined {
  try {
    const parsed = v.safeParse(schema, JSON.parse(text));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
