/**
 * Binaryen as the baker's passes use it: which features the module has, and what the package's types leave out. The only
 * importer of binaryen.
 */
import binaryen from 'binaryen';

export { binaryen };
export type Module = binaryen.Module;

const F = binaryen.Features;

/**
 * The features of onnxruntime-web's wasm. They are named one by one: with all of them binaryen writes kinds of imports
 * that engines refuse.
 */
const FEATURES =
  F.MutableGlobals |
  F.NontrappingFPToInt |
  F.SIMD128 |
  F.RelaxedSIMD |
  F.BulkMemory |
  F.BulkMemoryOpt |
  F.SignExt |
  F.Atomics |
  F.ReferenceTypes |
  F.Multivalue |
  F.CallIndirectOverlong;

/** Reads a module. The caller disposes of it. */
export function readModule(wasm: Uint8Array): Module {
  const read: (bytes: Uint8Array, features: number) => Module = binaryen.readBinary;
  return read(wasm, FEATURES);
}

/** The bytes of a module to which passes have been applied. */
export function transform(wasm: Uint8Array, passes: readonly ((module: Module) => void)[]): Uint8Array<ArrayBuffer> {
  const module = readModule(wasm);
  try {
    for (const pass of passes) pass(module);
    return new Uint8Array(module.emitBinary());
  } finally {
    module.dispose();
  }
}

/** The module's globals that can change, by name, with their types. */
export function mutableGlobals(module: Module): binaryen.GlobalInfo[] {
  const all = Array.from({ length: module.getNumGlobals() }, (_, i) =>
    binaryen.getGlobalInfo(module.getGlobalByIndex(i)),
  );
  return all.filter(({ mutable }) => mutable);
}

/** The function table's contents: the name of each slot's function, from the slot `offset` on. */
export interface TableContents {
  readonly segment: string;
  readonly table: string;
  readonly offset: number;
  readonly functions: readonly string[];
}

/** The one active element segment of the one table. Throws on a module that is built otherwise. */
export function tableContents(module: Module): TableContents {
  const [tables, segments] = [module.getNumTables(), module.getNumElementSegments()];
  if (tables !== 1 || segments !== 1) {
    throw new Error(`expected 1 table with 1 element segment, got ${tables} with ${segments}`);
  }
  const { name, table, offset, data } = binaryen.getElementSegmentInfo(module.getElementSegmentByIndex(0));
  return { segment: name, table, offset: constant(offset), functions: data };
}

/** Puts `functions` into the table in place of what was there. */
export function replaceTable(module: Module, { segment, table, offset }: TableContents, functions: string[]): void {
  module.removeElementSegment(segment);
  module.addActiveElementSegment(table, segment, functions, module.i32.const(offset));
}

function constant(expression: number): number {
  const info: unknown = binaryen.getExpressionInfo(expression);
  if (typeof info === 'object' && info !== null && 'value' in info && typeof info.value === 'number') return info.value;
  throw new Error('expected the table to be filled from a constant offset');
}

/** The parameters' types and the results' type of a function. */
export function signature(module: Module, name: string) {
  const { params, results } = binaryen.getFunctionInfo(module.getFunction(name));
  return { params, results, types: binaryen.expandType(params) };
}

/** The bytes of a passive data segment. */
export function segmentData(module: Module, index: number): Uint8Array {
  const info: unknown = Reflect.get(module, 'getDataSegmentInfo').call(module, module.getDataSegmentByIndex(index));
  if (typeof info === 'object' && info !== null && 'data' in info && info.data instanceof ArrayBuffer) {
    return new Uint8Array(info.data);
  }
  throw new Error(`expected data in segment ${index}`);
}
