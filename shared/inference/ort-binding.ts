/**
 * A thin binding over onnxruntime's C functions as the compiled module exports them. A run costs a fraction of what the
 * package's JavaScript adds, and has no await in it, so that runs cannot overlap. The package's public API is the
 * reference that it is tested against. Source of the functions: onnxruntime/wasm/api.h.
 */
import {
  createTensor,
  DATATYPES,
  type Datatype,
  elementCount,
  type FixedDatatype,
  type Tensor,
  type TensorData,
  type TensorDataOf,
  TYPED_ARRAYS,
} from '../tensor.ts';
import { type Allocator, createHeap, type OrtHeap, WORD_BYTES } from './ort-heap.ts';
import { RunRefused } from './runtime.ts';

/** The functions that the binding calls. Those that return an error code return 0 for none. */
export interface OrtExports extends Allocator {
  /** Makes a tensor over `data`, which stays the caller's; strings are copied. Returns null when it fails. */
  OrtCreateTensor(type: number, data: number, bytes: number, dims: number, rank: number, location: number): number;
  /** Writes the type, a pointer to the elements, one to the dims, which are to be freed, and the rank. */
  OrtGetTensorData(tensor: number, type: number, data: number, dims: number, rank: number): number;
  OrtReleaseTensor(tensor: number): number;
  OrtFree(pointer: number): number;
  /** Writes the last error's code and a pointer to its text. */
  OrtGetLastError(code: number, message: number): number;
  /** Runs a session on arrays of pointers to names and tensors; null `options` are the defaults. */
  OrtRun(
    session: number,
    inputNames: number,
    inputs: number,
    inputCount: number,
    outputNames: number,
    outputCount: number,
    outputs: number,
    options: number,
  ): number;
}

/** Names of these functions. */
export const ORT_EXPORTS = [
  'malloc',
  'free',
  'OrtGetLastError',
  'OrtFree',
  'OrtCreateTensor',
  'OrtGetTensorData',
  'OrtReleaseTensor',
  'OrtRun',
] as const satisfies (keyof OrtExports)[];

/** Element types as ONNX numbers them: TensorProto.DataType of onnx.proto. */
const ELEMENT_TYPES: Readonly<Record<Datatype, number>> = {
  FP32: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  BYTES: 8,
  BOOL: 9,
  FP16: 10,
  FP64: 11,
  UINT32: 12,
  UINT64: 13,
};

/** The protocol's datatype of each ONNX element type that it carries. */
export const DATATYPE_OF: ReadonlyMap<number, Datatype> = new Map(
  DATATYPES.map((datatype) => [ELEMENT_TYPES[datatype], datatype]),
);

/** Where a tensor lies: in the module's own memory. */
const CPU = 1;
/** Alignment of elements, in bytes: the largest that a typed array asks for. */
const ALIGNMENT = 8;

export interface Binding {
  /** Runs the session with that handle. Throws `RunRefused` with onnxruntime's own text; anything else is a trap. */
  run(session: number, inputs: readonly Tensor[], outputs: readonly string[]): Tensor[];
  /** Drops what it keeps in the module's memory, which has been set back to what it was at the start. */
  forget(): void;
}

/** A binding to the functions `ort` of a module whose memory is `memory`. */
export function createBinding(ort: OrtExports, memory: WebAssembly.Memory): Binding {
  const heap = createHeap(ort, memory);
  const calls = new Map<number, Call>();

  const prepare = (session: number, inputs: readonly Tensor[], outputs: readonly string[]): Call => {
    const kept = calls.get(session);
    if (kept !== undefined) {
      if (isFor(kept, inputs, outputs)) return kept;
      calls.delete(session);
      release(ort, kept);
    }
    const call = createCall(ort, heap, inputs.map(toPayload), outputs);
    calls.set(session, call);
    return call;
  };

  return {
    run: (session, inputs, outputs) => {
      const call = prepare(session, inputs, outputs);
      const { names, tensors, outputNames, results } = call;
      inputs.forEach((input, i) => {
        if (input.datatype !== 'BYTES') heap.write(input.datatype, call.elements[i] ?? 0, input.data);
      });
      for (let i = 0; i < outputs.length; i++) heap.setWord(results + i * WORD_BYTES, 0);
      const code = ort.OrtRun(session, names, tensors, inputs.length, outputNames, outputs.length, results, 0);
      if (code !== 0) throw refusal(ort, heap);
      heap.look();
      return heap.words(results, outputs.length).map((tensor, i) => takeOutput(ort, heap, outputs[i] ?? '', tensor));
    },
    forget: () => {
      calls.clear();
      heap.forget();
    },
  };
}

/**
 * The arguments of a session's last run, in a block of memory of their own. A run of the same names, datatypes and shapes
 * writes its elements and nothing else; making tensors and names anew takes as long as running a small model.
 */
interface Call {
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
function isFor(call: Call, inputs: readonly Tensor[], outputs: readonly string[]): boolean {
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
function createCall(ort: OrtExports, heap: OrtHeap, payloads: readonly Payload[], outputs: readonly string[]): Call {
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
  const inputs = payloads.map(({ tensor: { name, datatype, shape, data } }) => ({
    name,
    datatype,
    shape,
    count: data.length,
  }));
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

function release(ort: OrtExports, { handles, names }: Call): void {
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
  return ort.OrtCreateTensor(ELEMENT_TYPES[tensor.datatype], data, bytes, dims, tensor.shape.length, CPU);
}

/** Copies an output and releases it. */
function takeOutput(ort: OrtExports, heap: OrtHeap, name: string, tensor: number): Tensor {
  const at = heap.scratch();
  if (ort.OrtGetTensorData(tensor, at, at + 4, at + 8, at + 12) !== 0) throw refusal(ort, heap);
  heap.look();
  const [type = 0, data = 0, dims = 0, rank = 0] = heap.words(at, 4);
  const shape = heap.words(dims, rank);
  ort.OrtFree(dims);
  const datatype = DATATYPE_OF.get(type);
  if (datatype === undefined) throw new RunRefused(`output ${name}: expected a datatype of the protocol, got ${type}`);
  const elements = takeElements(ort, heap, { datatype, data, count: elementCount(shape) });
  ort.OrtReleaseTensor(tensor);
  return createTensor(name, datatype, shape, elements);
}

interface Elements {
  readonly datatype: Datatype;
  readonly data: number;
  readonly count: number;
}

/** Copies elements. Texts lie one after another behind their pointers, in a piece of memory that is the caller's to free. */
function takeElements(ort: OrtExports, heap: OrtHeap, { datatype, data, count }: Elements): TensorData {
  if (datatype === 'BYTES') {
    const starts = heap.words(data, count);
    const texts = starts.map((start, i) => heap.text(start, starts[i + 1]));
    ort.free(data);
    return texts;
  }
  return count === 0 ? new TYPED_ARRAYS[datatype](0) : heap.elements(datatype, data, count);
}

function refusal(ort: OrtExports, heap: OrtHeap): RunRefused {
  const at = heap.scratch();
  ort.OrtGetLastError(at, at + WORD_BYTES);
  heap.look();
  const [code, message = 0] = heap.words(at, 2);
  return new RunRefused(`ERROR_CODE: ${code}, ERROR_MESSAGE: ${message === 0 ? '' : heap.text(message)}`);
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
