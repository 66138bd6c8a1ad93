/**
 * The stock runtime as the build looks at it: nothing is cut, but it tells which functions are entered through the
 * table, and after a run that broke off it is put back to where its sessions are open. The reference of every
 * comparison, and what runs models that nobody knows yet.
 */
import { OUR_IMPORTS, OUR_MODULE, recovering } from '../../../shared/inference/baked-runtime.ts';
import { type Binding, createBinding } from '../../../shared/inference/ort-binding.ts';
import type { OrtExports } from '../../../shared/inference/ort-exports.ts';
import { limitMemory, memoryIn } from '../../../shared/inference/runtime.ts';
import { createInstantiatedRuntime, type StockRuntime } from '../../../shared/inference/stock-runtime.ts';
import { MAX_WASM_BYTES } from '../../../shared/limits.ts';
import type { OrtPackage } from './onnxruntime.ts';
import type { Snapshot } from './snapshot.ts';

/** What the names of the exported globals begin with; no release's own export does. */
export const GLOBAL_PREFIX = 'tandem:';

/** Export name of the count of allocations, an i32 global. */
export const ALLOCATIONS = 'allocations';

/** Module and name of the import that is told the slot of a function. */
export const TRACE_IMPORT = { module: 'tandem', name: 'enter' } as const;

/** The least i32: a model may have as many texts as it likes, each of which is allocated when it is loaded. */
const UNBOUNDED = -(2 ** 31);

export interface WatchedRuntime extends StockRuntime {
  /** Takes the state with all sessions open, to which a run that breaks off is put back. No session is made after it. */
  freeze(): Snapshot;
  /** Our own binding over the same instance, which puts it back too. Handles are those of the sessions, in their order. */
  binding(): { readonly run: Binding['run']; readonly handles: readonly number[] };
}

export interface WatchOptions {
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly exports: OrtPackage['exports'];
  /** Told the slot of every function that is entered through the table. */
  readonly onEnter?: (slot: number) => void;
  /** Most memory, in bytes; without it what an isolate has. */
  readonly maxBytes?: number;
}

/** Emscripten's glue of the package can be started once in a process or thread, and so can this. */
export function createWatchedRuntime({
  wasm,
  exports,
  onEnter = () => undefined,
  maxBytes = MAX_WASM_BYTES,
}: WatchOptions): WatchedRuntime {
  const module = new WebAssembly.Module(wasm);
  const handles: number[] = [];
  let made: { readonly memory: WebAssembly.Memory; readonly exports: WebAssembly.Exports } | undefined;
  let frozen: Snapshot | undefined;
  let binding: Binding | undefined;

  const instance = () => {
    if (made === undefined) throw new Error('expected a session to be made first');
    return made;
  };
  const restore = () => {
    if (frozen === undefined) return;
    const bytes = new Uint8Array(instance().memory.buffer);
    bytes.fill(0, frozen.memory.byteLength);
    bytes.set(frozen.memory);
    for (const [name, value] of Object.entries(frozen.globals))
      globalOf(instance().exports, GLOBAL_PREFIX + name).value = value;
    binding?.forget();
    countAnew();
  };
  const countAnew = (from = 0) => {
    globalOf(instance().exports, ALLOCATIONS).value = from;
  };
  /** Counts each call's allocations from the number given, and none of it towards what follows. */
  const counting = (call: WebAssembly.ExportValue, from = 0) => {
    return (...args: number[]) => {
      countAnew(from);
      const result = (call as (...args: number[]) => number)(...args);
      countAnew();
      return result;
    };
  };
  /** Records handles, and wipes the model's bytes, which the runtime has copied what it needs of. */
  const recording = (create: (...args: number[]) => number) => {
    return (...args: number[]) => {
      const handle = create(...args);
      if (handle !== 0) handles.push(handle);
      const [pointer = 0, bytes = 0] = args;
      new Uint8Array(instance().memory.buffer).fill(0, pointer, pointer + bytes);
      return handle;
    };
  };
  const runtime = createInstantiatedRuntime((imports) => {
    const memory = memoryIn(imports);
    const ours = { ...OUR_IMPORTS, [TRACE_IMPORT.name]: onEnter };
    const { exports: raw } = new WebAssembly.Instance(module, { ...imports, [OUR_MODULE]: ours });
    const create = recording(counting(raw[exports.OrtCreateSession] as WebAssembly.ExportValue, UNBOUNDED));
    const run = counting(raw[exports.OrtRun] as WebAssembly.ExportValue);
    limitMemory(memory, maxBytes);
    made = { memory, exports: { ...raw, [exports.OrtCreateSession]: create, [exports.OrtRun]: run } };
    return made;
  }, restore);
  return {
    ...runtime,
    freeze: () => {
      frozen = takeSnapshot(instance().memory, instance().exports);
      return frozen;
    },
    binding: () => {
      const named = Object.entries(exports).map(([name, minified]) => [name, instance().exports[minified]]);
      const own = createBinding(Object.fromEntries(named) as unknown as OrtExports, instance().memory);
      binding = own;
      return { run: recovering(restore, own.run), handles };
    },
  };
}

function globalOf(exports: WebAssembly.Exports, name: string): WebAssembly.Global {
  const value = exports[name];
  if (value instanceof WebAssembly.Global) return value;
  throw new TypeError(`expected the global ${name} among the exports, got none`);
}

function takeSnapshot(memory: WebAssembly.Memory, exports: WebAssembly.Exports): Snapshot {
  const copy = new Uint8Array(memory.buffer.byteLength);
  copy.set(new Uint8Array(memory.buffer));
  const globals = Object.entries(exports).flatMap(([name, value]) =>
    value instanceof WebAssembly.Global && name.startsWith(GLOBAL_PREFIX)
      ? [[name.slice(GLOBAL_PREFIX.length), Number(value.value)] as const]
      : [],
  );
  return { memory: copy, globals: Object.fromEntries(globals) };
}
