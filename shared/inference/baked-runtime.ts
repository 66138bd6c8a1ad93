/**
 * The runtime that the build has specialised to its models: the sessions are open in the module's memory image, and
 * functions that no model needs are gone. Only Emscripten's glue of the package is used, as the module's imports.
 *
 * A run that breaks off (a function that is gone, a trap, a termination by the platform) leaves the memory in an unknown
 * state, with a lock held perhaps. The module's own `reset` then puts memory and globals back to what they were at the
 * start, where the sessions are open; nothing outside the module refers to what was there. The glue keeps only what
 * stays true: the function table never changes, and its record of the exception in flight is written by every throw
 * before it is read.
 */
import start from 'onnxruntime-web/ort-wasm-simd-threaded.mjs';
import { type Binding, createBinding, ORT_EXPORTS, type OrtExports } from './ort-binding.ts';
import { memoryIn, PAGE_BYTES, RunBroken, RunRefused, type Runtime, RuntimeFailure, type Session } from './runtime.ts';

/** What a baked module exports. */
export interface BakedExports extends OrtExports {
  /** Puts memory and globals back to the snapshot. */
  reset(): void;
}

/** Module and name of the import that a function left out by the build calls. */
export const MISSING_IMPORT = { module: 'tandem', name: 'missing' } as const;

/** A function was called that the build left out. */
class MissingFunction extends Error {}

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
      return { run: async (inputs, outputs) => run((binding) => binding.run(handle, inputs, outputs)) };
    },
    memoryBytes: () => started?.memory.buffer.byteLength ?? 0,
  };
}

interface Instance {
  readonly memory: WebAssembly.Memory;
  /** Runs `job` on a memory that no broken run has touched. */
  run<T>(job: (binding: Binding) => T): T;
}

async function instantiate(module: WebAssembly.Module, pages: number): Promise<Instance> {
  try {
    const { ort, memory } = await load(module, pages);
    return { memory, run: recovering(ort, createBinding(ort, memory)) };
  } catch (cause) {
    throw new RuntimeFailure('the baked onnxruntime did not start', { cause });
  }
}

function recovering(ort: BakedExports, binding: Binding): Instance['run'] {
  // True while a run is under way: found true by the next one, the platform cut the last one off.
  let dirty = false;
  const reset = () => {
    ort.reset();
    binding.forget();
    dirty = false;
  };
  return (job) => {
    if (dirty) reset();
    dirty = true;
    try {
      const result = job(binding);
      dirty = false;
      return result;
    } catch (cause) {
      dirty = !(cause instanceof RunRefused);
      throw dirty ? broken(cause) : cause;
    }
  };
}

function broken(cause: unknown): RunBroken {
  if (cause instanceof MissingFunction) {
    const remedy = 'this input needs a part of onnxruntime that the build left out; use a build with --runtime stock';
    return new RunBroken('RUNTIME_INCOMPLETE', remedy, cause);
  }
  return new RunBroken('RUN_BROKEN', 'the run broke off and the runtime was reset; other inputs are served', cause);
}

function load(module: WebAssembly.Module, pages: number): Promise<{ ort: BakedExports; memory: WebAssembly.Memory }> {
  return new Promise((resolve, reject) => {
    const instantiateWasm = (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => {
      const memory = memoryIn(imports);
      const missing = Math.max(0, pages - memory.buffer.byteLength / PAGE_BYTES);
      memory.grow(missing);
      const fallOff = () => {
        throw new MissingFunction('a function that the build left out');
      };
      const instance = new WebAssembly.Instance(module, {
        ...imports,
        [MISSING_IMPORT.module]: { [MISSING_IMPORT.name]: fallOff },
      });
      const ort = asBaked(instance.exports);
      done(instance);
      resolve({ ort, memory });
    };
    start({ instantiateWasm }).catch(reject);
  });
}

function asBaked(exports: WebAssembly.Exports): BakedExports {
  const absent = [...ORT_EXPORTS, 'reset'].find((name) => typeof exports[name] !== 'function');
  if (absent !== undefined) throw new TypeError(`expected a baked module, got one without ${absent}`);
  return exports as unknown as BakedExports;
}
