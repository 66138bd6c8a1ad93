/**
 * The raw form of an inference: a header length of 0, and a body that is nothing but the bytes of the model's one input,
 * whose shape follows from their number. Of a BYTES input the body is one text, without the length before it.
 */
import { invalid, type PredictError, quote } from '../errors.ts';
import type { ModelCard } from '../model-card.ts';
import { ok, type Result } from '../result.ts';
import { TYPED_ARRAYS } from '../tensor.ts';
import type { InferBody } from './schema.ts';
import { LENGTH_BYTES } from './tensor-bytes.ts';

/** A request of the protocol, and the binary tensors that come after it. */
export interface InferMessage {
  readonly body: InferBody;
  readonly binary: Uint8Array;
}

const WHY = 'as the body has no JSON';

/** The same request with its JSON; all outputs are asked for in binary. */
export function readRawBody(card: ModelCard, bytes: Uint8Array): Result<InferMessage, PredictError> {
  const [input, ...others] = card.inputs;
  if (input === undefined || others.length > 0) {
    return invalid(`model ${quote(card.name)}`, `one input, ${WHY}`, String(card.inputs.length));
  }
  const { name, datatype } = input;
  const where = `model ${quote(card.name)}, input ${quote(name)}`;
  const [varying, ...more] = input.shape.filter((size) => size === -1);
  if (more.length > 0) return invalid(where, `one size that varies at most, ${WHY}`, JSON.stringify(input.shape));
  const binary = datatype === 'BYTES' ? withLength(bytes) : bytes;
  const elementBytes = datatype === 'BYTES' ? binary.byteLength : TYPED_ARRAYS[datatype].BYTES_PER_ELEMENT;
  // What the sizes that are stated take; that many times is the one that varies.
  const step = input.shape.reduce((product, size) => (size === -1 ? product : product * size), elementBytes);
  const times = binary.byteLength / step;
  if (varying === undefined ? times !== 1 : !Number.isInteger(times) || times === 0) {
    const expected = `${varying === undefined ? '' : 'a multiple of '}${step} bytes`;
    return invalid(
      where,
      `${datatype === 'BYTES' ? 'a shape of one text' : expected}, ${WHY}`,
      `${bytes.byteLength} bytes`,
    );
  }
  const shape = input.shape.map((size) => (size === -1 ? times : size));
  const inputs = [{ name, datatype, shape, parameters: { binary_data_size: binary.byteLength } }];
  return ok({ body: { inputs, parameters: { binary_data_output: true } }, binary });
}

function withLength(text: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(LENGTH_BYTES + text.byteLength);
  new DataView(bytes.buffer).setUint32(0, text.byteLength, true);
  bytes.set(text, LENGTH_BYTES);
  return bytes;
}
