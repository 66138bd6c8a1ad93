/**
 * Tensors in the binary tensor data extension: numbers little-endian one after another; each text as its length in
 * bytes, a uint32, and then its UTF-8. What the bits say is not looked at, so that every value passes unchanged.
 */
import { ok, type Result } from '../result.ts';
import { type Datatype, type Tensor, type TensorData, TYPED_ARRAYS } from '../tensor.ts';

/** Bytes of the length before each text. */
export const LENGTH_BYTES = 4;

/** What the bytes should have been, and what they are. */
export interface Misfit {
  readonly expected: string;
  readonly got: string;
}

/** The bytes of a tensor's elements. Numbers are not copied. */
export function encodeElements(tensor: Tensor): Uint8Array {
  if (tensor.datatype === 'BYTES') return encodeTexts(tensor.data);
  const { buffer, byteOffset, byteLength } = tensor.data;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The elements in `bytes`, copied out of them. How many they are is for the caller to hold against the shape. */
export function decodeElements(datatype: Datatype, bytes: Uint8Array): Result<TensorData, Misfit> {
  if (datatype === 'BYTES') return decodeTexts(bytes);
  const size = TYPED_ARRAYS[datatype].BYTES_PER_ELEMENT;
  if (bytes.byteLength % size !== 0) return misfit(`a multiple of ${size} bytes`, `${bytes.byteLength} bytes`);
  const TypedArray: new (buffer: ArrayBuffer) => TensorData = TYPED_ARRAYS[datatype];
  return ok(new TypedArray(new Uint8Array(bytes).buffer));
}

function encodeTexts(texts: readonly string[]): Uint8Array {
  const encoder = new TextEncoder();
  const encoded = texts.map((text) => encoder.encode(text));
  const bytes = new Uint8Array(encoded.reduce((size, text) => size + LENGTH_BYTES + text.byteLength, 0));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const text of encoded) {
    view.setUint32(offset, text.byteLength, true);
    bytes.set(text, offset + LENGTH_BYTES);
    offset += LENGTH_BYTES + text.byteLength;
  }
  return bytes;
}

function decodeTexts(bytes: Uint8Array): Result<TensorData, Misfit> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts: string[] = [];
  let offset = 0;
  while (offset < bytes.byteLength) {
    const element = texts.length;
    const rest = bytes.byteLength - offset;
    if (rest < LENGTH_BYTES)
      return misfit(`a length of ${LENGTH_BYTES} bytes before element ${element}`, `${rest} bytes`);
    const start = offset + LENGTH_BYTES;
    const length = view.getUint32(offset, true);
    if (length > rest - LENGTH_BYTES)
      return misfit(`${length} bytes as element ${element}`, `${rest - LENGTH_BYTES} bytes`);
    offset = start + length;
    try {
      texts.push(decoder.decode(bytes.subarray(start, offset)));
    } catch {
      return misfit(`UTF-8 at element ${element}`, 'other bytes');
    }
  }
  return ok(texts);
}

function misfit(expected: string, got: string) {
  return { ok: false, error: { expected, got } } as const;
}
