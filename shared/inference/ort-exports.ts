/** onnxruntime's C functions as the compiled module exports them, and its numbers. Source: onnxruntime/wasm/api.h. */
import { DATATYPES, type Datatype } from '../tensor.ts';
import { type Allocator, type OrtHeap, WORD_BYTES } from './ort-heap.ts';
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
export const ELEMENT_TYPES: Readonly<Record<Datatype, number>> = {
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

/** The last error, in onnxruntime's own words. */
export function refusal(ort: OrtExports, heap: OrtHeap): RunRefused {
  const at = heap.scratch();
  ort.OrtGetLastError(at, at + WORD_BYTES);
  heap.look();
  const [code, message = 0] = heap.words(at, 2);
  return new RunRefused(`ERROR_CODE: ${code}, ERROR_MESSAGE: ${message === 0 ? '' : heap.text(message)}`);
}
