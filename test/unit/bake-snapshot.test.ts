import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toSegments } from '../../models/build/bake/snapshot.ts';

const PAGE_BYTES = 65_536;

describe('toSegments', () => {
  const WORDS = 4096;
  const spans = fc.array(fc.tuple(fc.nat(WORDS * 4 - 300), fc.uint8Array({ minLength: 1, maxLength: 300 })), {
    maxLength: 12,
  });
  const drawn = spans.map((parts) => {
    const memory = new Uint8Array(WORDS * 4);
    for (const [offset, bytes] of parts) memory.set(bytes, offset);
    return memory;
  });

  it('gives the memory back when copied into zeros, whatever its holes', () => {
    const property = fc.property(drawn, (memory) => {
      const copy = new Uint8Array(memory.byteLength);
      for (const { offset, data } of toSegments(memory)) copy.set(data, offset);
      expect(Buffer.compare(copy, memory)).toBe(0);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('holds no long run of zeros, in order and apart', () => {
    const property = fc.property(drawn, (memory) => {
      let end = -64;
      for (const { offset, data } of toSegments(memory)) {
        expect(offset - end).toBeGreaterThanOrEqual(64);
        expect(Buffer.from(data).includes(Buffer.alloc(72))).toBe(false);
        end = offset + data.byteLength;
      }
    });
    fc.assert(property);
  });

  it('finds nothing in zeros', () => {
    expect(toSegments(new Uint8Array(PAGE_BYTES))).toEqual([]);
  });
});
