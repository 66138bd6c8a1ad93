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
  return {
    run: (session, inputs, outputs) => {
      const payloads = inputs.map(toPayload);
      const tableBytes = align(2 * (inputs.length + outputs.length) * WORD_BYTES);
      const table = heap.reserve(
        Math.max(
          OUTPUT_BYTES,
          payloads.reduce((sum, { size }) => sum + size, tableBytes),
        ),
      );
      let next = table + tableBytes;
      const tensors = payloads.map((payload) => {
        const tensor = createInput(ort, heap, payload, next);
        next += payload.size;
        return tensor;
      });
      const inputsAt = table + inputs.length * WORD_BYTES;
      const outputNamesAt = inputsAt + inputs.length * WORD_BYTES;
      const outputsAt = outputNamesAt + outputs.length * WORD_BYTES;
      heap.writeWords(table, [
        ...inputs.map(({ name }) => heap.intern(name)),
        ...tensors,
        ...outputs.map((name) => heap.intern(name)),
        ...outputs.map(() => 0),
      ]);
      const [n, m] = [inputs.length, outputs.length];
      const code = tensors.includes(0) ? -1 : ort.OrtRun(session, table, inputsAt, n, outputNamesAt, m, outputsAt, 0);
      const refused = code === 0 ? undefined : refusal(ort, heap);
      for (const tensor of tensors) ort.OrtReleaseTensor(tensor);
      if (refused !== undefined) throw refused;
      return heap.words(outputsAt, m).map((tensor, i) => takeOutput(ort, heap, outputs[i] ?? '', tensor));
    },
    forget: heap.forget,
  };
}

/** An input as it goes into memory: its elements, or for texts their characters with the start of each. */
interface Payload {
  readonly tensor: Tensor;
  readonly datatype: FixedDatatype;
  readonly elements: TensorDataOf[FixedDatatype];
  readonly starts: readonly number[];
  /** Bytes of the elements, the pointers to texts and the dims together. */
  readonly size: number;
}

function toPayload(tensor: Tensor): Payload {
  const { elements, starts } =
    tensor.datatype === 'BYTES' ? encodeTexts(tensor.data) : { elements: tensor.data, starts: NO_STARTS };
  const datatype = tensor.datatype === 'BYTES' ? 'UINT8' : tensor.datatype;
  const size = align(elements.byteLength) + align(starts.length * WORD_BYTES) + align(tensor.shape.length * WORD_BYTES);
  return { tensor, datatype, elements, starts, size };
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

/** Writes an input at `at` and makes a tensor over it. */
function createInput(ort: OrtExports, heap: OrtHeap, payload: Payload, at: number): number {
  const { tensor, datatype, elements, starts } = payload;
  const pointers = at + align(elements.byteLength);
  const dims = pointers + align(starts.length * WORD_BYTES);
  heap.write(datatype, at, elements);
  heap.writeWords(
    pointers,
    starts.map((start) => at + start),
  );
  heap.writeWords(dims, tensor.shape);
  const isText = tensor.datatype === 'BYTES';
  const [data, bytes] = isText ? [pointers, starts.length * WORD_BYTES] : [at, elements.byteLength];
  return ort.OrtCreateTensor(ELEMENT_TYPES[tensor.datatype], data, bytes, dims, tensor.shape.length, CPU);
}

/** What `OrtGetTensorData` writes: type, data, dims and rank. */
const OUTPUT_BYTES = 4 * WORD_BYTES;

/** Copies an output and releases it. */
function takeOutput(ort: OrtExports, heap: OrtHeap, name: string, tensor: number): Tensor {
  const at = heap.reserve(OUTPUT_BYTES);
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
  const at = heap.reserve(OUTPUT_BYTES);
  ort.OrtGetLastError(at, at + WORD_BYTES);
  heap.look();
  const [code, message = 0] = heap.words(at, 2);
  return new RunRefused(`ERROR_CODE: ${code}, ERROR_MESSAGE: ${message === 0 ? '' : heap.text(message)}`);
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
