/** What an isolate runs models with. Two implementations: the stock runtime, and one made by the build, which can be reset. */
import type { Tensor } from '../tensor.ts';

/** Bytes of a WebAssembly page. */
export const PAGE_BYTES = 65_536;

/** A loaded model. */
export interface Session {
  /** Runs the model once and returns the outputs named, in that order. Rejects with an error of the runtime. */
  run(inputs: readonly Tensor[], outputs: readonly string[]): Promise<Tensor[]>;
}

/** The runtime of an isolate, whichever it is. */
export interface Runtime {
  /** Size of the WebAssembly memory in bytes; 0 while the runtime has not started. */
  memoryBytes(): number;
  /** Why no model runs in this isolate any more; undefined while they do. */
  failure(): RuntimeFailure | undefined;
}

/** The runtime did not start; no session can be made in this isolate. */
export class RuntimeFailure extends Error {}

/** A run broke the runtime, which has no way back: no session runs in this isolate any more. */
export class RuntimeLost extends RuntimeFailure {}

/** onnxruntime refused a run, in its own words; the runtime itself is well. */
export class RunRefused extends Error {}

/** The model broke off in the middle of a run on these inputs: a trap, an abort, a bound of ours. `cause` says at what. */
export class RunBroken extends Error {}

/** A run reached a function that the build left out. */
export class RuntimeIncomplete extends RunBroken {}

/** A run allocated so often that it may never end. */
export class RunEndless extends Error {}

/**
 * Whether some input has no elements. Kernels that loop over them then leave outputs as the memory was: what earlier
 * runs left there, of anybody's. Such a run is made on a memory that has been put back.
 */
export function hasNoElements(inputs: readonly Tensor[]): boolean {
  return inputs.some(({ data }) => data.length === 0);
}

/** Lets a memory grow to `maxBytes` at most. Beyond, growing throws, which the glue turns into a failed allocation. */
export function limitMemory(memory: WebAssembly.Memory, maxBytes: number): void {
  const grow = (pages: number) => {
    if (memory.buffer.byteLength + pages * PAGE_BYTES > maxBytes)
      throw new RangeError(`expected ${maxBytes} bytes at most`);
    return WebAssembly.Memory.prototype.grow.call(memory, pages);
  };
  Object.defineProperty(memory, 'grow', { value: grow });
}

/** The memory among the imports that the package's glue gives to a module: the only one there. */
export function memoryIn(imports: WebAssembly.Imports): WebAssembly.Memory {
  const values = Object.values(imports).flatMap((group) => Object.values(group));
  const memory = values.find((value) => value instanceof WebAssembly.Memory);
  if (memory === undefined) throw new TypeError('expected a memory among the imports, got none');
  return memory;
}
