/**
 * The body of the binary tensor data extension: a JSON header of `Inference-Header-Content-Length` bytes, then the raw
 * bytes of the tensors in the order in which the header names them.
 */
import { invalid, type PredictError, quote } from '../errors.ts';
import { ok, type Result } from '../result.ts';

/** Name of the header that gives the length of the JSON, in bytes. Its presence makes a body binary. */
export const HEADER_LENGTH = 'Inference-Header-Content-Length';

export interface SplitBody {
  readonly json: string | Uint8Array;
  readonly binary: Uint8Array;
}

/** Cuts a body at its header's length; without a length the body is JSON alone. */
export function splitBody(body: string | Uint8Array, headerLength: string | null): Result<SplitBody, PredictError> {
  if (headerLength === null || typeof body === 'string') return ok({ json: body, binary: new Uint8Array() });
  const length = /^\d{1,15}$/.test(headerLength) ? Number(headerLength) : Number.POSITIVE_INFINITY;
  if (length > body.byteLength) {
    return invalid(`header ${HEADER_LENGTH}`, `0 to ${body.byteLength}, the bytes of the body`, quote(headerLength));
  }
  return ok({ json: body.subarray(0, length), binary: body.subarray(length) });
}

/** A JSON header and the bytes of binary tensors as one body with its headers. */
export function joinBody(header: unknown, tensors: readonly Uint8Array[]) {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const body = new Uint8Array(tensors.reduce((size, tensor) => size + tensor.byteLength, json.byteLength));
  body.set(json);
  let offset = json.byteLength;
  for (const tensor of tensors) {
    body.set(tensor, offset);
    offset += tensor.byteLength;
  }
  const headers = { 'Content-Type': 'application/octet-stream', [HEADER_LENGTH]: String(json.byteLength) };
  return { body, headers };
}

/** Hands out a binary part piece by piece. */
export interface BinaryReader {
  /** The next `bytes` bytes, not copied; undefined when there are fewer. */
  take(bytes: number): Uint8Array | undefined;
  /** How many bytes nobody took. */
  rest(): number;
}

export function createReader(binary: Uint8Array): BinaryReader {
  let offset = 0;
  return {
    take: (bytes) => {
      if (bytes > binary.byteLength - offset) return undefined;
      offset += bytes;
      return binary.subarray(offset - bytes, offset);
    },
    rest: () => binary.byteLength - offset,
  };
}
