/** A module's state at one moment: its memory and its globals. */

export interface Snapshot {
  /** The whole memory. */
  readonly memory: Uint8Array<ArrayBuffer>;
  /** Values of the globals that can change, by name. */
  readonly globals: Readonly<Record<string, number>>;
}

/** A part of the memory that is not zero, by its offset in bytes. */
export interface Segment {
  readonly offset: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Runs of zeros at least this long, in bytes, are left out: a segment's own header costs a few bytes. */
const MIN_GAP_BYTES = 64;
const WORD_BYTES = 4;

/** The parts of a memory that have to be copied into one of zeros to make it the same again. */
export function toSegments(memory: Uint8Array<ArrayBuffer>): Segment[] {
  const words = new Uint32Array(memory.buffer, memory.byteOffset, memory.byteLength / WORD_BYTES);
  const segments: Segment[] = [];
  let start = -1;
  let last = -1;
  const close = () => {
    const offset = start * WORD_BYTES;
    if (start !== -1) segments.push({ offset, data: memory.subarray(offset, (last + 1) * WORD_BYTES) });
  };
  for (const [index, word] of words.entries()) {
    if (word === 0) continue;
    if (start === -1 || (index - last - 1) * WORD_BYTES >= MIN_GAP_BYTES) {
      close();
      start = index;
    }
    last = index;
  }
  close();
  return segments;
}
