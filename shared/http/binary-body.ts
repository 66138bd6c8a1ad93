/**
 * The body of the binary tensor data extension: a JSON header of `Inference-Header-Content-Length` bytes, then the raw
 * little-endian tensors in the order in which the header names them.
 */
import { invalid, type PredictError, quote } from '../errors.ts';
import { ok, type Result } from '../result.ts';

/** Name of the header that gives the length of the JSON, in bytes. Its presence makes a body binary. */
export const HEADER_LENGTH = 'Inference-Header-Content-Length';

export interface SplitBody {
  readonly json: Uint8Array;
  readonly binary: Uint8Array;
}

/** Cuts a body at its header's length; without a length the body is JSON alone. */
export function splitBody(body: Uint8Array, headerLength: string | null): Result<SplitBody, PredictError> {
  if (headerLength === null) return ok({ json: body, binary: new Uint8Array() });
  const length = /^\d{1,15}$/.test(headerLength) ? Number(headerLength) : Number.POSITIVE_INFINITY;
  if (length > body.byteLength) {
    return invalid(`header ${HEADER_LENGTH}`, `0 to ${body.byteLength}, the bytes of the body`, quote(headerLength));
  }
  return ok({ json: body.subarray(0, length), binary: body.subarray(length) });
}

/** A JSON header and binary tensors as one body with its headers. */
export function joinBody(header: unknown, tensors: readonly Float32Array[]) {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const body = new Uint8Array(tensors.reduce((size, tensor) => size + tensor.byteLength, json.byteLength));
  body.set(json);
  let offset = json.byteLength;
  for (const tensor of tensors) {
    body.set(new Uint8Array(tensor.buffer, tensor.byteOffset, tensor.byteLength), offset);
    offset += tensor.byteLength;
  }
  const headers = { 'Content-Type': 'application/octet-stream', [HEADER_LENGTH]: String(json.byteLength) };
  return { body, headers: new Headers(headers) };
}

/** Hands out a binary part piece by piece. */
export interface BinaryReader {
  /** The next `bytes` bytes as FP32; undefined when there are fewer, or they are no whole number of elements. */
  take(bytes: number): Float32Array | undefined;
  /** How many bytes nobody took. */
  rest(): number;
}

export function createReader(binary: Uint8Array): BinaryReader {
  let offset = 0;
  return {
    take: (bytes) => {
      if (bytes > binary.byteLength - offset || bytes % Float32Array.BYTES_PER_ELEMENT !== 0) return undefined;
      const copy = binary.slice(offset, offset + bytes);
      offset += bytes;
      return new Float32Array(copy.buffer);
    },
    rest: () => binary.byteLength - offset,
  };
}
