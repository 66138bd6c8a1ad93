import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readModule } from '../../models/build/bake/binaryen.ts';
import { cutTable } from '../../models/build/bake/cut-table.ts';
import { limitExports } from '../../models/build/bake/limit-exports.ts';
import { OUR_MODULE } from '../../shared/inference/baked-runtime.ts';
import { SLOTS, smallModule, startSmall, transformed, UNARY_SLOTS } from '../support/small-module.ts';

const WASM = smallModule();
const INT = fc.integer();

describe('limitExports', () => {
  const wasm = transformed(WASM, (module) =>
    limitExports(module, { keep: { squared: 'square' }, drop: ['square', 'unused'] }),
  );

  it('keeps what is to be kept under its plain name, and all that it was not told of', () => {
    const names = WebAssembly.Module.exports(new WebAssembly.Module(wasm)).map(({ name }) => name);
    const all = WebAssembly.Module.exports(new WebAssembly.Module(new Uint8Array(WASM))).map(({ name }) => name);
    const expected = [...all.filter((name) => name !== 'square' && name !== 'unused'), 'squared'];
    expect(names.sort()).toEqual(expected.sort());
  });

  it('changes no result', () => {
    const { exports } = startSmall<{ squared(value: number): number }>(wasm);
    const reference = startSmall(WASM).exports;
    fc.assert(fc.property(INT, (value) => exports.squared(value) === reference.square(value)));
  });
});

describe('cutTable', () => {
  class Missing extends Error {}
  const missing = () => {
    throw new Missing();
  };
  const cut = (slots: readonly number[]) =>
    transformed(WASM, (module) => cutTable(module, { entered: new Set(slots), memory: new Uint8Array(65_536) }));
  const start = (wasm: Uint8Array) => startSmall(wasm, { imports: { [OUR_MODULE]: { missing } } });

  it('leaves kept slots as they were, and raises from every other', () => {
    const positions = [0, 1, 2, 3, 4, 5];
    const property = fc.property(fc.subarray(positions), INT, (kept, value) => {
      const { exports } = start(cut(kept));
      const reference = startSmall(WASM).exports;
      // The first and the third slot hold the same function.
      const doubles = kept.includes(0) || kept.includes(2);
      const works = (position: number) => (position === 0 || position === 2 ? doubles : kept.includes(position));
      for (const slot of UNARY_SLOTS) {
        const whole = works(slot - 1) && (slot !== SLOTS.inner || works(SLOTS.square - 1));
        if (whole) expect(exports.apply(slot, value)).toBe(reference.apply(slot, value));
        else expect(() => exports.apply(slot, value)).toThrow(Missing);
      }
      if (works(SLOTS.swap - 1)) expect(exports.swapped(3n, 4)).toEqual([4, 3n]);
      else expect(() => exports.swapped(3n, 4)).toThrow(Missing);
    });
    fc.assert(property, { numRuns: 64 });
  });

  it('leaves functions that are called directly, with no slot kept', () => {
    expect(start(cut([])).exports.square(7)).toBe(49);
  });

  it('still refuses a call of the wrong type and one of an empty slot, as the engine does', () => {
    const { exports } = start(cut([]));
    for (const slot of [SLOTS.swap, 0, 7]) expect(() => exports.apply(slot, 1)).toThrow(WebAssembly.RuntimeError);
  });

  it('drops what nothing reaches', () => {
    const [all, none] = [cut([0, 1, 2, 3, 4, 5]), cut([])].map((wasm) => {
      const module = readModule(wasm);
      const functions = module.getNumFunctions();
      module.dispose();
      return functions;
    });
    // Four functions are reached through the table alone; the types of unary and of swapping ones get a stub each.
    expect((all ?? 0) - (none ?? 0)).toBe(4 - 2);
  });
});
