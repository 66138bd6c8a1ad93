/**
 * `examples.json` beside a model: requests on which it runs, where ones that are drawn at random do not, because only some
 * sizes or values make sense to it. Golden answers, calibration and every drawn input are made from them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PredictError, toHttp } from '../../shared/errors.ts';
import { fromHalf, toHalf } from '../../shared/half.ts';
import { parseJson } from '../../shared/http/body.ts';
import { parseExactJson } from '../../shared/http/exact-json.ts';
import { InferBody, parseBody } from '../../shared/http/schema.ts';
import { toJsonElements } from '../../shared/http/tensor-json.ts';
import { readInputs } from '../../shared/http/v2-messages.ts';
import { checkRequest } from '../../shared/inference/check-request.ts';
import type { ModelCard } from '../../shared/model-card.ts';
import type { Result } from '../../shared/result.ts';
import { createTensor, type Tensor } from '../../shared/tensor.ts';

/** Name of the file. */
export const EXAMPLES_FILE = 'examples.json';

/** The inputs of each example in a model's folder, in the card's order; undefined where there is no such file. */
export function findExamples(folder: string, card: ModelCard): Tensor[][] | undefined {
  const file = join(folder, EXAMPLES_FILE);
  return existsSync(file) ? readExamples(file, card) : undefined;
}

/**
 * Reads one request, as a client sends it to `/v2/models/{model}/infer`, or an array of them. Throws, with the file's name,
 * when there is none or it is not for a model of this card.
 */
export function readExamples(file: string, card: ModelCard): Tensor[][] {
  try {
    if (!existsSync(file)) throw new Error('expected a JSON file with a request, got no file of that name');
    const parsed = orThrow(parseJson(readFileSync(file), parseExactJson));
    const requests = Array.isArray(parsed) ? parsed : [parsed];
    if (requests.length === 0) throw new Error('expected at least one request, got none');
    return requests.map((request) => readExample(request, card));
  } catch (cause) {
    throw new Error(`${file}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

function readExample(request: unknown, card: ModelCard): Tensor[] {
  const body = orThrow(parseBody(InferBody, request));
  // FP16 has no form in JSON for a client; here its numbers are read as FP32 and rounded.
  const readable = body.inputs.map((input) => (input.datatype === 'FP16' ? { ...input, datatype: 'FP32' } : input));
  const nullable = new Set(body.inputs.map(({ name }) => name));
  const read = orThrow(readInputs({ ...body, inputs: readable }, { binary: new Uint8Array(), nullable }));
  const inputs = read.map((tensor, i) =>
    tensor.datatype === 'FP32' && body.inputs[i]?.datatype === 'FP16'
      ? createTensor(tensor.name, 'FP16', tensor.shape, Uint16Array.from(tensor.data, toHalf))
      : tensor,
  );
  const lenient = { ...card, inputs: card.inputs.map((spec) => ({ ...spec, missing: 'nan' as const })) };
  orThrow(checkRequest(lenient, { model: card.name, inputs }, { maxRows: Number.POSITIVE_INFINITY }));
  return card.inputs.flatMap(({ name }) => inputs.filter((input) => input.name === name));
}

/** The value, or the error as one that is thrown. */
export function orThrow<T>(result: Result<T, PredictError>): T {
  if (result.ok) return result.value;
  throw new Error(toHttp(result.error).message);
}

/** The file's text, one line a tensor. */
export function printExamples(examples: readonly (readonly Tensor[])[]): string {
  const texts = examples.map(
    (inputs) => `  {"inputs": [\n${inputs.map((input) => `    ${printInput(input)}`).join(',\n')}\n  ]}`,
  );
  return `[\n${texts.join(',\n')}\n]\n`;
}

/** An input as it stands in a request. */
export function printInput(input: Tensor): string {
  const { name, datatype, shape } = input;
  return JSON.stringify({ name, datatype, shape, data: jsonElements(input) });
}

/** What is not finite becomes null. */
function jsonElements(input: Tensor): readonly unknown[] {
  if (input.datatype === 'FP16') return Array.from(input.data, fromHalf);
  return orThrow(toJsonElements({ model: '', nonFinite: 'null' }, input));
}
