/**
 * The memory of a compiled onnxruntime as JavaScript sees it: blocks, interned names, reads and writes. Pointers are byte
 * offsets; 0 is null. The memory may grow in any call into the module; `look` is to be called before what such a call has
 * made is read, or anything is written after it.
 */
import { type FixedDatatype, type TensorDataOf, TYPED_ARRAYS } from '../tensor.ts';

/** The allocator of the module. */
export interface Allocator {
  malloc(bytes: number): number;
  free(pointer: number): void;
}

export interface OrtHeap {
  /** Takes note of the memory's growth. */
  look(): void;
  /** A new block of that many bytes, the caller's to free. Throws a RangeError when there is none. */
  allocate(bytes: number): number;
  /** A block of `SCRATCH_BYTES`, the same from call to call. */
  scratch(): number;
  /** Pointer to `name` as UTF-8 with a NUL, written once. */
  intern(name: string): number;
  /** The 32-bit words from `pointer` on. */
  words(pointer: number, count: number): number[];
  setWord(pointer: number, value: number): void;
  writeWords(pointer: number, values: readonly number[]): void;
  /** A copy of the `count` elements at `pointer`, which is aligned for them. */
  elements(datatype: FixedDatatype, pointer: number, count: number): TensorDataOf[FixedDatatype];
  /** Writes elements at `pointer`, which is aligned for them. */
  write(datatype: FixedDatatype, pointer: number, elements: TensorDataOf[FixedDatatype]): void;
  /** The UTF-8 text from `start` to `end`, or to the next NUL. */
  text(start: number, end?: number): string;
  /** Drops what it keeps, after the memory has been set back to what it was at the start. */
  forget(): void;
}

/** Bytes of a pointer and of a C int. */
export const WORD_BYTES = 4;

/** What a function of the module writes at most beside tensors: four words. */
const SCRATCH_BYTES = 4 * WORD_BYTES;

export function createHeap(allocator: Allocator, memory: WebAssembly.Memory): OrtHeap {
  const encoder = new TextEncoder();
  // A byte order mark that opens a text is part of it.
  const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });
  const names = new Map<string, number>();
  let bytes = new Uint8Array(memory.buffer);
  let words = new Uint32Array(memory.buffer);
  let scratch = 0;

  const look = () => {
    if (memory.buffer === bytes.buffer) return;
    bytes = new Uint8Array(memory.buffer);
    words = new Uint32Array(memory.buffer);
  };

  const allocate = (size: number): number => {
    const pointer = allocator.malloc(size);
    if (pointer === 0) throw new RangeError(`expected ${size} bytes of the runtime's memory, got none`);
    look();
    return pointer;
  };

  return {
    look,
    allocate,
    scratch: () => {
      if (scratch === 0) scratch = allocate(SCRATCH_BYTES);
      return scratch;
    },
    intern: (name) => {
      const known = names.get(name);
      if (known !== undefined) return known;
      const text = encoder.encode(`${name}\0`);
      const pointer = allocate(text.byteLength);
      bytes.set(text, pointer);
      names.set(name, pointer);
      return pointer;
    },
    words: (pointer, count) => {
      const copy: number[] = [];
      for (let i = 0; i < count; i++) copy.push(words[pointer / WORD_BYTES + i] ?? 0);
      return copy;
    },
    setWord: (pointer, value) => {
      words[pointer / WORD_BYTES] = value;
    },
    writeWords: (pointer, values) => {
      for (let i = 0; i < values.length; i++) words[pointer / WORD_BYTES + i] = values[i] ?? 0;
    },
    elements: (datatype, pointer, count) => new TYPED_ARRAYS[datatype](bytes.buffer, pointer, count).slice(),
    write: (datatype, pointer, elements) => {
      // Through a view of the elements' own type: asking small ones for their buffer would make the engine allocate one.
      const view: { set(source: unknown): void } = new TYPED_ARRAYS[datatype](bytes.buffer, pointer, elements.length);
      view.set(elements);
    },
    text: (start, end) => {
      const part = bytes.slice(start, end ?? bytes.indexOf(0, start));
      const nul = part.indexOf(0);
      return decoder.decode(nul === -1 ? part : part.subarray(0, nul));
    },
    forget: () => {
      names.clear();
      scratch = 0;
    },
  };
}
