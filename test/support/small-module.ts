/**
 * A module made by hand that has what the baker's passes touch: an imported shared memory, a table with functions of
 * several types, one of them twice, globals, a start function and passive segments.
 */
import { binaryen, type Module, readModule } from '../../models/build/bake/binaryen.ts';

const TEXT = `
(module
  (type $unary (func (param i32) (result i32)))
  (type $swap (func (param i64 f64) (result f64 i64)))
  (import "env" "memory" (memory 1 16 shared))
  (import "env" "note" (func $note (param i32)))
  (global $count (mut i32) (i32.const 5))
  (global $last (mut i32) (i32.const -1))
  (global $step i32 (i32.const 3))
  (table 7 7 funcref)
  (elem (i32.const 1) func $double $square $double $count-up $swap-them $inner)
  (data $thread "\\01\\02\\03\\04\\05\\06\\07\\08")
  (data $greeting "hello, memory")
  (func $begin
    (memory.init $greeting (i32.const 64) (i32.const 0) (i32.const 13)))
  (start $begin)
  (func $double (type $unary) (i32.shl (local.get 0) (i32.const 1)))
  (func $square (type $unary) (i32.mul (local.get 0) (local.get 0)))
  (func $count-up (type $unary)
    (global.set $last (local.get 0))
    (global.set $count (i32.add (global.get $count) (global.get $step)))
    (call $note (global.get $count))
    (global.get $count))
  (func $swap-them (type $swap) (local.get 1) (local.get 0))
  (func $inner (type $unary) (call_indirect (type $unary) (local.get 0) (i32.const 2)))
  (func (export "construct") (i32.store (i32.const 128) (i32.const 77)))
  (func (export "apply") (param i32 i32) (result i32)
    (call_indirect (type $unary) (local.get 1) (local.get 0)))
  (func (export "swapped") (param i64 f64) (result f64 i64)
    (call_indirect (type $swap) (local.get 0) (local.get 1) (i32.const 5)))
  (func (export "square") (param i32) (result i32) (call $square (local.get 0)))
  (func (export "globals") (result i32 i32) (global.get $count) (global.get $last))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "store") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "thread") (param i32)
    (memory.init $thread (local.get 0) (i32.const 0) (i32.const 8)))
  (func (export "unused") (result i32) (i32.const 9)))`;

/** Slots of the table that hold functions, the first slot being 1, and which of them share one. */
export const SLOTS = { double: 1, square: 2, doubleAgain: 3, countUp: 4, swap: 5, inner: 6 } as const;

/** Slots of type i32 -> i32. */
export const UNARY_SLOTS = [SLOTS.double, SLOTS.square, SLOTS.doubleAgain, SLOTS.countUp, SLOTS.inner];

/** What the module exports: `apply` and `swapped` call through the table, `square` calls directly. */
export interface SmallExports {
  construct(): void;
  apply(slot: number, value: number): number;
  swapped(a: bigint, b: number): [number, bigint];
  square(value: number): number;
  globals(): [count: number, last: number];
  load(at: number): number;
  store(at: number, value: number): void;
  grow(pages: number): number;
  thread(at: number): void;
  unused(): number;
}

/** The bytes of the module as a compiler would ship it, without names. */
export function smallModule(): Uint8Array {
  const module = binaryen.parseText(TEXT);
  try {
    module.setFeatures(readable());
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

/** The features that `readModule` sets. */
function readable(): number {
  const module = readModule(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  const features = module.getFeatures();
  module.dispose();
  return features;
}

/** Applies passes and returns the bytes. Throws when binaryen or the engine finds them invalid. */
export function transformed(wasm: Uint8Array, ...passes: readonly ((module: Module) => void)[]) {
  const module = readModule(wasm);
  try {
    for (const pass of passes) pass(module);
    if (module.validate() !== 1) throw new Error('expected a valid module');
    const bytes = new Uint8Array(module.emitBinary());
    new WebAssembly.Module(bytes);
    return bytes;
  } finally {
    module.dispose();
  }
}

export interface SmallInstance<Added = object> {
  readonly exports: SmallExports & Added;
  readonly memory: WebAssembly.Memory;
  /** What the functions told `note`, in order. */
  readonly notes: readonly number[];
}

/** Starts the module with a memory of `pages` pages and `imports` besides its own. */
export function startSmall<Added = object>(
  wasm: Uint8Array<ArrayBuffer> | Uint8Array,
  { pages = 1, imports = {} }: { readonly pages?: number; readonly imports?: WebAssembly.Imports } = {},
): SmallInstance<Added> {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: 16, shared: true });
  const notes: number[] = [];
  const env = { memory, note: (value: number) => notes.push(value) };
  const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)), { env, ...imports });
  return { exports: instance.exports as unknown as SmallExports & Added, memory, notes };
}
