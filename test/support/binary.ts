/** Requests and answers of the binary tensor data extension. */
import { HEADER_LENGTH, joinBody } from '../../shared/http/binary-body.ts';
import { encodeElements } from '../../shared/http/tensor-bytes.ts';
import type { Tensor } from '../../shared/tensor.ts';
import type { Answer, Question } from './ask.ts';

/** Asks for `tensors`, all in binary, with binary answers unless `wish` says otherwise. */
export function binaryQuestion(
  path: string,
  tensors: readonly Tensor[],
  wish: object = { parameters: { binary_data_output: true } },
): Question {
  const parts = tensors.map(encodeElements);
  const inputs = tensors.map(({ name, datatype, shape }, i) => {
    return { name, datatype, shape, parameters: { binary_data_size: parts[i]?.byteLength } };
  });
  return joined(path, { ...wish, inputs }, parts);
}

/** A request of JSON and the bytes after it. */
export function joined(path: string, json: object, parts: readonly Uint8Array[]): Question {
  const { body, headers } = joinBody(json, parts);
  return { path, body, headers };
}

/** The JSON and the bytes of a binary answer. */
export function cut({ text, headers }: Answer) {
  const bytes = Buffer.from(text, 'latin1');
  const length = Number(headers[HEADER_LENGTH.toLowerCase()]);
  return { json: JSON.parse(bytes.subarray(0, length).toString()), binary: bytes.subarray(length) };
}
