/**
 * Pass: makes a module start in the state of a snapshot. The memory's segments become passive ones that hold the
 * snapshot: the start function copies them in, and the added export `reset` does it again over zeros and sets the
 * globals. The constructors, which have run before the snapshot, become empty.
 */
import { PAGE_BYTES } from '../../../shared/inference/runtime.ts';
import { binaryen, type Module, mutableGlobals, segmentData } from './binaryen.ts';
import { type Segment, type Snapshot, toSegments } from './snapshot.ts';

const PAGE_SHIFT = 16;
const WORD_BYTES = 4;

export interface EmbedOptions {
  readonly snapshot: Snapshot;
  /** Export name of the constructors. */
  readonly constructors: string;
}

export function embedSnapshot(module: Module, { snapshot, constructors }: EmbedOptions): void {
  const { memory, globals } = snapshot;
  const segments = toSegments(memory);
  const table = Uint32Array.from(segments.flatMap(({ offset, data }) => [offset, data.byteLength]));
  replaceMemory(module, memory.byteLength / PAGE_BYTES, [
    segmentData(module, 0),
    Buffer.concat(segments.map(({ data }) => data)),
    new Uint8Array(table.buffer),
  ]);
  const restore = addRestore(module, { table, scratch: findGap(segments, table.byteLength, memory.byteLength) });
  const size = module.i32.shl(module.memory.size(), module.i32.const(PAGE_SHIFT));
  addProcedure(module, 'tandem-reset', [
    module.memory.fill(module.i32.const(0), module.i32.const(0), size),
    module.call(RESTORE, [], binaryen.none),
    ...Object.entries(globals).map(([name, value]) => module.global.set(name, module.i32.const(value))),
  ]);
  module.addFunctionExport('tandem-reset', 'reset');
  setGlobals(module, globals);
  module.setStart(restore);
  addProcedure(module, 'tandem-constructed', []);
  module.removeExport(constructors);
  module.addFunctionExport('tandem-constructed', constructors);
  // The module's own start function goes: it copies segments that are no more.
  module.runPasses(['remove-unused-module-elements']);
}

const RESTORE = 'tandem-restore';

/** Segments: 0 the module's own, 1 the parts of the snapshot one after another, 2 the table of their offsets and lengths. */
const PARTS = '1';
const TABLE = '2';

interface RestoreOptions {
  /** Offset and length of each part. */
  readonly table: Uint32Array;
  /** Where the table lies while it is read: a place that is zero in the snapshot. */
  readonly scratch: number;
}

/** A loop over the table: one instruction for each part would be a function of a quarter of a megabyte once compiled. */
function addRestore(module: Module, { table, scratch }: RestoreOptions): number {
  const { i32, local, memory } = module;
  const [entry, source] = [0, 1];
  const end = scratch + table.byteLength;
  const field = (offset: number) => i32.load(offset, WORD_BYTES, local.get(entry, binaryen.i32));
  const advance = (variable: number, by: number) => local.set(variable, i32.add(local.get(variable, binaryen.i32), by));
  const step = module.block(null, [
    memory.init(PARTS, field(0), local.get(source, binaryen.i32), field(WORD_BYTES)),
    advance(source, field(WORD_BYTES)),
    advance(entry, i32.const(2 * WORD_BYTES)),
    module.br_if('next', i32.lt_u(local.get(entry, binaryen.i32), i32.const(end))),
  ]);
  const body = [
    memory.init(TABLE, i32.const(scratch), i32.const(0), i32.const(table.byteLength)),
    local.set(entry, i32.const(scratch)),
    module.loop('next', step),
    memory.fill(i32.const(scratch), i32.const(0), i32.const(table.byteLength)),
  ];
  const variables = [binaryen.i32, binaryen.i32];
  return module.addFunction(RESTORE, binaryen.none, binaryen.none, variables, module.block(null, body));
}

/** A place of at least `bytes` bytes that no segment covers. Address 0 is left free. */
function findGap(segments: readonly Segment[], bytes: number, memoryBytes: number): number {
  let start = WORD_BYTES;
  for (const { offset, data } of [...segments, { offset: memoryBytes, data: new Uint8Array() }]) {
    if (offset - start >= bytes) return start;
    start = offset + data.byteLength;
  }
  throw new Error(`expected ${bytes} bytes of zeros in the snapshot, got none`);
}

/**
 * Binaryen refers to an imported memory by this name of its own making. `setMemory` turns it into one of the module's
 * own, so the import is added again.
 */
const MEMORY = 'mimport$0';

/** Segment 0 has to stay: the initial contents of thread-local storage, which the module refers to by its index. */
function replaceMemory(module: Module, pages: number, data: readonly Uint8Array[]): void {
  const { module: from, base, max, shared } = module.getMemoryInfo();
  if (from === null || base === null || max === undefined)
    throw new Error('expected an imported memory with a maximum');
  const segments = data.map((bytes) => ({ passive: true, offset: 0, data: bytes }));
  module.setMemory(pages, max, null, segments, shared, false, MEMORY);
  module.addMemoryImport(MEMORY, from, base, shared);
}

function setGlobals(module: Module, values: Snapshot['globals']): void {
  for (const { name, type } of mutableGlobals(module)) {
    const value = values[name];
    if (type !== binaryen.i32 || value === undefined)
      throw new Error(`global ${name}: expected an i32 in the snapshot`);
    module.removeGlobal(name);
    module.addGlobal(name, type, true, module.i32.const(value));
  }
}

function addProcedure(module: Module, name: string, body: number[]): number {
  return module.addFunction(name, binaryen.none, binaryen.none, [], module.block(null, body));
}
