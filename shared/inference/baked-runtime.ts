/**
 * The runtime that the build has specialised to its models: the sessions are open in the module's memory image, and in
 * a `baked` module functions that no model needs are gone, while a `whole` one has them all. Only Emscripten's glue of
 * the package is used, as the module's imports.
 *
 * A run that breaks off (a trap, an abort, a function that is gone, a termination by the platform) leaves the memory in
 * an unknown state, with a lock held perhaps. The module's own `reset` then puts memory and globals back to what they
 * were at the start, where the sessions are open; nothing outside the module refers to what was there. The glue keeps
 * only what stays true: the function table never changes, its record of the exception in flight is written by every
 * throw before it is read, and what `abort` notes of itself is read for threads and timers alone.
 */
import start from 'onnxruntime-web/ort-wasm-simd-threaded.mjs';
import { MAX_WASM_BYTES } from '../limits.ts';
import { isOutOfMemory } from './explain-run.ts';
import { type Binding, createBinding } from './ort-binding.ts';
import { ORT_EXPORTS, type OrtExports } from './ort-exports.ts';
import {
  hasNoElements,
  limitMemory,
  memoryIn,
  PAGE_BYTES,
  RunBroken,
  RunEndless,
  RunRefused,
  type Runtime,
  RuntimeFailure,
  RuntimeIncomplete,
  type Session,
} from './runtime.ts';

/** What a baked module exports. */
export interface BakedExports extends OrtExports {
  /** Puts memory and globals back to the snapshot. */
  reset(): void;
  /** Allocations since it was last set to 0, an i32. */
  readonly allocations: WebAssembly.Global;
}

/** What a module of the build imports beside what the glue gives. */
export const OUR_IMPORTS = {
  /** Called in place of a function that the build left out. */
  missing: () => {
    throw new RuntimeIncomplete('a function that the build left out');
  },
  /** Called at one allocation more than `MAX_RUN_ALLOCATIONS`. */
  endless: () => {
    throw new RunEndless('a run without an end');
  },
} as const;

/** Name under which `OUR_IMPORTS` are imported. */
export const OUR_MODULE = 'tandem';

export interface BakedRuntime extends Runtime {
  /** The session with that handle. Rejects with `RuntimeFailure` when the runtime did not start. */
  openSession(handle: number): Promise<Session>;
}

/** The runtime on the baked `module`, whose memory image takes `pages` pages. */
export function createBakedRuntime(module: WebAssembly.Module, pages: number): BakedRuntime {
  let started: Instance | undefined;
  return {
    openSession: async (handle) => {
      started ??= await instantiate(module, pages);
      const { run } = started;
      return { run: async (inputs, outputs) => run(handle, inputs, outputs) };
    },
    memoryBytes: () => started?.memory.buffer.byteLength ?? 0,
    failure: () => undefined,
  };
}

interface Instance {
  readonly memory: WebAssembly.Memory;
  /** Runs a session on a memory that no broken run has touched. */
  readonly run: Binding['run'];
}

async function instantiate(module: WebAssembly.Module, pages: number): Promise<Instance> {
  try {
    const { ort, memory } = await load(module, pages);
    const binding = createBinding(ort, memory);
    const restore = () => {
      ort.reset();
      binding.forget();
    };
    const run: Binding['run'] = (handle, inputs, outputs) => {
      if (hasNoElements(inputs)) restore();
      ort.allocations.value = 0;
      return binding.run(handle, inputs, outputs);
    };
    return { memory, run: recovering(restore, run) };
  } catch (cause) {
    throw new RuntimeFailure('the baked onnxruntime did not start', { cause });
  }
}

/** Makes every run of `run` on a memory that no broken one has touched: `restore` puts it back to the start. */
export function recovering(restore: () => void, run: Binding['run']): Binding['run'] {
  // True while a run is under way: found true by the next one, the platform cut the last one off.
  let dirty = false;
  const attempt: Binding['run'] = (handle, inputs, outputs) => {
    if (dirty) restore();
    dirty = true;
    try {
      const result = run(handle, inputs, outputs);
      dirty = false;
      return result;
    } catch (cause) {
      // At once, so that the next request does not pay for this one.
      if (!(cause instanceof RunRefused) || isOutOfMemory(cause)) restore();
      dirty = false;
      throw cause instanceof RunRefused || cause instanceof RuntimeIncomplete
        ? cause
        : new RunBroken('the run broke off', { cause });
    }
  };
  return (...args) => {
    try {
      return attempt(...args);
    } catch (cause) {
      // Others may have left too little memory; the second attempt has all of it.
      if (isOutOfMemory(cause)) return attempt(...args);
      throw cause;
    }
  };
}

function load(module: WebAssembly.Module, pages: number): Promise<{ ort: BakedExports; memory: WebAssembly.Memory }> {
  return new Promise((resolve, reject) => {
    const instantiateWasm = (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => {
      const memory = memoryIn(imports);
      const missing = Math.max(0, pages - memory.buffer.byteLength / PAGE_BYTES);
      memory.grow(missing);
      limitMemory(memory, MAX_WASM_BYTES);
      const instance = new WebAssembly.Instance(module, { ...imports, [OUR_MODULE]: OUR_IMPORTS });
      const ort = asBaked(instance.exports);
      done(instance);
      resolve({ ort, memory });
    };
    withoutLog(() => start({ instantiateWasm })).catch(reject);
  });
}

/**
 * The glue takes hold of `console.error` when it starts. What it would print of a run is answered too, and anybody can
 * cause it as often as they like.
 */
function withoutLog<T>(job: () => T): T {
  const { error } = console;
  console.error = () => undefined;
  try {
    return job();
  } finally {
    console.error = error;
  }
}

function asBaked(exports: WebAssembly.Exports): BakedExports {
  const absent = [...ORT_EXPORTS, 'reset'].find((name) => typeof exports[name] !== 'function');
  if (absent !== undefined) throw new TypeError(`expected a baked module, got one without ${absent}`);
  return exports as unknown as BakedExports;
}
