/** What an isolate runs models with. Two implementations: the stock runtime, and the one baked into its models. */
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
}

/** The runtime did not start; no session can be made in this isolate. */
export class RuntimeFailure extends Error {}

/** A run broke the runtime, which has no way back: no session runs in this isolate any more. */
export class RuntimeLost extends RuntimeFailure {}

/** onnxruntime refused a run, in its own words; the runtime itself is well. */
export class RunRefused extends Error {}

/**
 * A run broke off in the middle. The runtime puts itself back to its state at start before the next run.
 * `code` is stable; `remedy` is what the model's owner can do, in words that a client may see.
 */
export class RunBroken extends Error {
  readonly code: string;
  readonly remedy: string;

  constructor(code: string, remedy: string, cause: unknown) {
    super(`${code}: ${remedy}`, { cause });
    this.code = code;
    this.remedy = remedy;
  }
}

/** The memory among the imports that the package's glue gives to a module: the only one there. */
export function memoryIn(imports: WebAssembly.Imports): WebAssembly.Memory {
  const values = Object.values(imports).flatMap((group) => Object.values(group));
  const memory = values.find((value) => value instanceof WebAssembly.Memory);
  if (memory === undefined) throw new TypeError('expected a memory among the imports, got none');
  return memory;
}
