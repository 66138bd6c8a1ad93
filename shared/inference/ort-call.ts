/** The arguments of a run in the module's memory, and the tensors made over them. */
import type { FixedDatatype, Tensor, TensorDataOf } from '../tensor.ts';
import { ELEMENT_TYPES, type OrtExports, refusal } from './ort-exports.ts';
import { type OrtHeap, WORD_BYTES } from './ort-heap.ts';

/** Where a tensor lies: in the module's own memory. */
const CPU = 1;
/** Alignment of elements, in bytes: the largest that a typed array asks for. */
const ALIGNMENT = 8;

/**
 * The arguments of a session's last run, in a block of memory of their own. A run of the same names, datatypes and shapes
 * writes its elements and nothing else; making tensors and names anew takes as long as running a small model.
 */
export interface Call {
  readonly inputs: readonly (Pick<Tensor, 'name' | 'datatype' | 'shape'> & { readonly count: number })[];
  readonly outputs: readonly string[];
  /** Pointers to the elements of each input. */
  readonly elements: readonly number[];
  /** Pointers to what `OrtRun` takes: arrays of names, tensors, names of outputs and, to be written, outputs. */
  readonly names: number;
  readonly tensors: number;
  readonly outputNames: number;
  readonly results: number;
  readonly handles: readonly number[];
}

/** Whether a run on these can use the call. Texts are copied when their tensor is made, so that each run needs another. */
export function isFor(call: Call, inputs: readonly Tensor[], outputs: readonly string[]): boolean {
  return (
    inputs.length === call.inputs.length &&
    outputs.length === call.outputs.length &&
    outputs.every((name, i) => name === call.outputs[i]) &&
    inputs.every(({ name, datatype, shape, data }, i) => {
      const kept = call.inputs[i];
      if (datatype === 'BYTES' || name !== kept?.name || datatype !== kept.datatype) return false;
      if (data.length !== kept.count) return false;
      return shape.length === kept.shape.length && shape.every((size, axis) => size === kept.shape[axis]);
    })
  );
}

/** Throws `RunRefused` when onnxruntime takes an input for no tensor. */
export function createCall(ort: OrtExports, heap: OrtHeap, given: readonly Tensor[], outputs: readonly string[]): Call {
  const payloads = given.map(toPayload);
  const [n, m] = [payloads.length, outputs.length];
  const tableBytes = align(2 * (n + m) * WORD_BYTES);
  const names = heap.allocate(payloads.reduce((sum, { size }) => sum + size, tableBytes));
  const tensors = names + n * WORD_BYTES;
  const outputNames = tensors + n * WORD_BYTES;
  const results = outputNames + m * WORD_BYTES;

  let next = names + tableBytes;
  const elements: number[] = [];
  const handles = payloads.map((payload) => {
    elements.push(next);
    const handle = createInput(ort, heap, payload, next);
    next += payload.size;
    return handle;
  });
  const inputs = given.map(({ name, datatype, shape, data }) => ({ name, datatype, shape, count: data.length }));
  const call = { inputs, outputs, elements, names, tensors, outputNames, results, handles };
  if (handles.includes(0)) {
    const refused = refusal(ort, heap);
    release(ort, call);
    throw refused;
  }
  heap.writeWords(names, [...inputs.map(({ name }) => heap.intern(name)), ...handles]);
  heap.writeWords(outputNames, outputs.map(heap.intern));
  return call;
}

export function release(ort: OrtExports, { handles, names }: Call): void {
  for (const handle of handles) ort.OrtReleaseTensor(handle);
  ort.free(names);
}

/** An input as it goes into memory: its elements, or for texts their characters with the start of each. */
interface Payload {
  readonly tensor: Tensor;
  readonly elements: TensorDataOf[FixedDatatype];
  readonly starts: readonly number[];
  /** Bytes of the elements, the pointers to texts and the dims together. */
  readonly size: number;
}

function toPayload(tensor: Tensor): Payload {
  const { elements, starts } =
    tensor.datatype === 'BYTES' ? encodeTexts(tensor.data) : { elements: tensor.data, starts: NO_STARTS };
  const size = align(elements.byteLength) + align(starts.length * WORD_BYTES) + align(tensor.shape.length * WORD_BYTES);
  return { tensor, elements, starts, size };
}

const NO_STARTS: readonly number[] = [];

const ENCODER = new TextEncoder();

function encodeTexts(texts: readonly string[]) {
  const starts: number[] = [];
  const parts = texts.map((text) => ENCODER.encode(`${text}\0`));
  const elements = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let start = 0;
  for (const part of parts) {
    elements.set(part, start);
    starts.push(start);
    start += part.byteLength;
  }
  return { elements, starts };
}

/** Makes the tensor of an input over its place at `at`, and writes there what is no element of a fixed size. */
function createInput(ort: OrtExports, heap: OrtHeap, { tensor, elements, starts }: Payload, at: number): number {
  const pointers = at + align(elements.byteLength);
  const dims = pointers + align(starts.length * WORD_BYTES);
  heap.writeWords(dims, tensor.shape);
  const isText = tensor.datatype === 'BYTES';
  if (isText) {
    heap.write('UINT8', at, elements);
    heap.writeWords(
      pointers,
      starts.map((start) => at + start),
    );
  }
  const [data, bytes] = isText ? [pointers, starts.length * WORD_BYTES] : [at, elements.byteLength];
  const handle = ort.OrtCreateTensor(ELEMENT_TYPES[tensor.datatype], data, bytes, dims, tensor.shape.length, CPU);
  heap.look();
  return handle;
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
