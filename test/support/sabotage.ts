/**
 * Breaks baked modules on purpose, and looks into them: which functions a run enters through the table, and modules in
 * which one of those functions does something bad.
 */
import {
  binaryen,
  type Module,
  readModule,
  replaceTable,
  signature,
  tableContents,
} from '../../models/build/bake/binaryen.ts';
import { traceTable } from '../../models/build/bake/trace-table.ts';
import { TRACE_IMPORT } from '../../models/build/bake/watched-runtime.ts';
import { type BakedRuntime, createBakedRuntime, OUR_MODULE } from '../../shared/inference/baked-runtime.ts';

/** What a function does instead of its work. */
export type Damage = keyof typeof DAMAGES;

const PAGE_SHIFT = 16;
const GARBAGE = 0xa5;
const RECURSIVE = 'test-recursive';
const MISSING = 'test-missing';

/** For each damage the statements of a function that does it. */
const DAMAGES = {
  /** Calls what the build left out. */
  missing: (module: Module) => {
    module.addFunctionImport(MISSING, OUR_MODULE, 'missing', binaryen.none, binaryen.none);
    return [module.call(MISSING, [], binaryen.none)];
  },
  /** Traps. */
  trap: () => [],
  /** Overwrites all of the memory and traps. */
  garbage: (module: Module) => {
    const size = module.i32.shl(module.memory.size(), module.i32.const(PAGE_SHIFT));
    return [module.memory.fill(module.i32.const(0), module.i32.const(GARBAGE), size)];
  },
  /** Calls itself until the stack is full. */
  recursion: (module: Module) => {
    const call = module.call(RECURSIVE, [], binaryen.none);
    module.addFunction(RECURSIVE, binaryen.none, binaryen.none, [], module.block(null, [call, call]));
    return [call];
  },
} as const satisfies Record<string, (module: Module) => number[]>;

/** Every kind of damage. */
export const DAMAGE_NAMES: readonly Damage[] = ['missing', 'trap', 'garbage', 'recursion'];

/** The module with the function in `slot` of the table, counted from the segment's start, replaced. */
export function sabotage(wasm: Uint8Array, slot: number, damage: Damage): Uint8Array<ArrayBuffer> {
  const module = readModule(wasm);
  try {
    const table = tableContents(module);
    const victim = table.functions[slot] ?? '';
    const { params, results } = signature(module, victim);
    const body = [...DAMAGES[damage](module), module.unreachable()];
    module.addFunction('test-damaged', params, results, [], module.block(null, body, binaryen.unreachable));
    replaceTable(
      module,
      table,
      table.functions.map((name) => (name === victim ? 'test-damaged' : name)),
    );
    return new Uint8Array(module.emitBinary());
  } finally {
    module.dispose();
  }
}

/** Changes the imports that the glue gives to a module. */
export type Wrap = (imports: WebAssembly.Imports) => WebAssembly.Imports;

/** Opens a session of a runtime whose module gets its imports through `wrap`. */
export async function withImports<T>(wrap: Wrap, open: () => Promise<T>): Promise<T> {
  const { Instance } = WebAssembly;
  class Wrapped extends Instance {
    constructor(module: WebAssembly.Module, imports: WebAssembly.Imports = {}) {
      super(module, wrap(imports));
    }
  }
  Object.assign(WebAssembly, { Instance: Wrapped });
  try {
    return await open();
  } finally {
    Object.assign(WebAssembly, { Instance });
  }
}

/** A baked runtime that tells slots of the table as it enters them. */
export interface TracedRuntime {
  readonly runtime: BakedRuntime;
  /** The slots entered while `job` runs. */
  entered(job: () => Promise<unknown>): Promise<Set<number>>;
}

/** Traces a baked module, on which `handle` is a session's. */
export async function traceBaked(wasm: Uint8Array, pages: number, handle: number): Promise<TracedRuntime> {
  const module = readModule(wasm);
  traceTable(module);
  const traced = new WebAssembly.Module(new Uint8Array(module.emitBinary()));
  module.dispose();
  let slots = new Set<number>();
  const enter = (slot: number) => slots.add(slot);
  const runtime = createBakedRuntime(traced, pages);
  await withImports(
    (imports) => {
      const { [TRACE_IMPORT.module]: own } = imports;
      return { ...imports, [TRACE_IMPORT.module]: { ...own, [TRACE_IMPORT.name]: enter } };
    },
    () => runtime.openSession(handle),
  );
  return {
    runtime,
    entered: async (job) => {
      slots = new Set();
      await job();
      return slots;
    },
  };
}
