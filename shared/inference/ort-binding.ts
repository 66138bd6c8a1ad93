/**
 * A thin binding over onnxruntime's C functions as the compiled module exports them. A run costs a fraction of what the
 * package's JavaScript adds, and has no await in it, so that runs cannot overlap. The package's public API is the
 * reference that it is tested against.
 */
import { createTensor, type Datatype, elementCount, type Tensor, type TensorData, TYPED_ARRAYS } from '../tensor.ts';
import { type Call, createCall, isFor, release } from './ort-call.ts';
import { DATATYPE_OF, type OrtExports, refusal } from './ort-exports.ts';
import { createHeap, type OrtHeap, WORD_BYTES } from './ort-heap.ts';
import { RunRefused } from './runtime.ts';

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
    const call = createCall(ort, heap, inputs, outputs);
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
