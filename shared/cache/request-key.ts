/**
 * What makes two requests the same: the version that answers, the outputs, and every bit of the inputs, for one caller. The
 * key is no digest but all of it, so that no two others share one.
 */
import type { FoundModel } from '../http/catalog.ts';
import type { InferRequest } from '../predictor.ts';
import type { Tensor } from '../tensor.ts';

/** `caller` is undefined where answers are for everybody. */
export function requestKey(
  { card, catalog }: FoundModel,
  { inputs, outputs = card.outputs.map(({ name }) => name) }: Pick<InferRequest, 'inputs' | 'outputs'>,
  caller: string | undefined,
): string {
  const named =
    field(catalog.revision) + field(card.name) + field(card.version) + (caller === undefined ? '-' : field(caller));
  return named + list(outputs) + inputs.map(tensorKey).join('');
}

function tensorKey(tensor: Tensor): string {
  const { name, datatype, shape } = tensor;
  return `${field(name)}${datatype}[${shape}]${tensor.datatype === 'BYTES' ? list(tensor.data) : bytesOf(tensor.data)}`;
}

/** With its length before it, as nothing that ends a text cannot be in one. */
function field(text: string): string {
  return `${text.length}:${text}`;
}

function list(texts: readonly string[]): string {
  return `${texts.length};${texts.map(field).join('')}`;
}

/** Most arguments of one call. */
const CHUNK = 4_096;

/** A character for each byte: zeros of either sign and NaN of any payload differ. */
function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  let text = '';
  for (let i = 0; i < byteLength; i += CHUNK) {
    text += Reflect.apply(String.fromCharCode, null, bytes.subarray(i, i + CHUNK));
  }
  return field(text);
}
