import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { embedSnapshot } from '../../models/build/bake/embed-snapshot.ts';
import { exposeState } from '../../models/build/bake/expose-state.ts';
import type { Snapshot } from '../../models/build/bake/snapshot.ts';
import { traceTable } from '../../models/build/bake/trace-table.ts';
import { GLOBAL_PREFIX, TRACE_IMPORT } from '../../models/build/bake/watched-runtime.ts';
import {
  SLOTS,
  type SmallExports,
  type SmallInstance,
  smallModule,
  startSmall,
  transformed,
  UNARY_SLOTS,
} from '../support/small-module.ts';

const WASM = smallModule();
const PAGE_BYTES = 65_536;

/** One call of an export. */
type Call = (exports: SmallExports) => unknown;

const INT = fc.integer();
/** Addresses in the first page. */
const ADDRESS = fc.nat(PAGE_BYTES - 8);

const CALL: fc.Arbitrary<Call> = fc.oneof(
  fc.tuple(fc.constantFrom(...UNARY_SLOTS), INT).map(
    ([slot, value]): Call =>
      ({ apply }) =>
        apply(slot, value),
  ),
  fc.tuple(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.double()).map(
    ([a, b]): Call =>
      ({ swapped }) =>
        swapped(a, b),
  ),
  INT.map(
    (value): Call =>
      ({ square }) =>
        square(value),
  ),
  ADDRESS.map(
    (at): Call =>
      ({ load }) =>
        load(at),
  ),
  fc.tuple(ADDRESS, INT).map(
    ([at, value]): Call =>
      ({ store }) =>
        store(at, value),
  ),
  ADDRESS.map(
    (at): Call =>
      ({ thread }) =>
        thread(at),
  ),
  fc.nat(2).map(
    (pages): Call =>
      ({ grow }) =>
        grow(pages),
  ),
  fc.constant<Call>(({ construct }) => construct()),
);
const CALLS = fc.array(CALL, { maxLength: 30 });

function play({ exports }: SmallInstance, calls: readonly Call[]): unknown[] {
  return calls.map((call) => call(exports));
}

function stateOf({ exports, memory, notes }: SmallInstance) {
  return { globals: exports.globals(), memory: Buffer.from(new Uint8Array(memory.buffer)).toString('base64'), notes };
}

/** Holds two modules to the same results and the same state after the same calls. */
function expectSame(a: SmallInstance, b: SmallInstance, calls: readonly Call[]): void {
  expect(play(a, calls)).toEqual(play(b, calls));
  expect(stateOf(a)).toEqual(stateOf(b));
}

describe('traceTable', () => {
  const wasm = transformed(WASM, traceTable);
  const traced = (told: number[]) => {
    const enter = (slot: number) => told.push(slot);
    return startSmall(wasm, { imports: { [TRACE_IMPORT.module]: { [TRACE_IMPORT.name]: enter } } });
  };

  it('changes no result and no state', () => {
    fc.assert(fc.property(CALLS, (calls) => expectSame(traced([]), startSmall(WASM), calls)));
  });

  it('tells what is entered through the table, once, as positions in the segment', () => {
    const told: number[] = [];
    const { exports } = traced(told);
    exports.apply(SLOTS.double, 1);
    exports.apply(SLOTS.doubleAgain, 1);
    exports.apply(SLOTS.countUp, 1);
    exports.swapped(1n, 2);
    // Enters the square in its turn.
    exports.apply(SLOTS.inner, 3);
    expect(told).toEqual([0, 0, 3, 4, 5, 1]);
  });

  it('tells nothing of direct calls', () => {
    const told: number[] = [];
    expect(traced(told).exports.square(5)).toBe(25);
    expect(told).toEqual([]);
  });
});

/** The state of an instance of the exposed module. */
function takeSnapshot({ exports, memory }: SmallInstance): Snapshot {
  const globals = Object.entries(exports).flatMap(([name, value]: [string, unknown]) =>
    value instanceof WebAssembly.Global ? [[name.slice(GLOBAL_PREFIX.length), Number(value.value)] as const] : [],
  );
  return { memory: new Uint8Array(new Uint8Array(memory.buffer)), globals: Object.fromEntries(globals) };
}

describe('exposeState', () => {
  const wasm = transformed(WASM, exposeState);

  it('changes no result and no state', () => {
    fc.assert(fc.property(CALLS, (calls) => expectSame(startSmall(wasm), startSmall(WASM), calls)));
  });

  it('shows the values of the globals that can change, and of no other', () => {
    const instance = startSmall(wasm);
    instance.exports.apply(SLOTS.countUp, 42);
    expect(Object.values(takeSnapshot(instance).globals)).toEqual(instance.exports.globals());
  });
});

describe('embedSnapshot', () => {
  const exposed = transformed(WASM, exposeState);
  interface Reset {
    reset(): void;
  }
  /** A module that starts where `calls` lead, with the snapshot of that. */
  const embedded = (calls: readonly Call[]) => {
    const instance = startSmall(exposed);
    play(instance, calls);
    const snapshot = takeSnapshot(instance);
    const wasm = transformed(WASM, (module) => embedSnapshot(module, { snapshot, constructors: 'construct' }));
    const pages = snapshot.memory.byteLength / PAGE_BYTES;
    return { instance, start: () => startSmall<Reset>(wasm, { pages }), wasm };
  };

  it('starts in the state of the snapshot, and goes on as the module that it was taken from', () => {
    const property = fc.property(CALLS, CALLS, (before, after) => {
      const { instance, start } = embedded(before);
      const started = start();
      const { notes: _, ...expected } = stateOf(instance);
      expect(stateOf(started)).toEqual({ ...expected, notes: [] });
      const constructs: Call[] = [({ construct }) => construct()];
      play(started, constructs);
      expect(stateOf(started)).toEqual({ ...expected, notes: [] });
      const others = after.filter((call) => !call.toString().includes('construct'));
      expect(play(started, others)).toEqual(play(instance, others));
    });
    fc.assert(property, { numRuns: 50 });
  });

  it('puts memory, grown pages and globals back by reset, any number of times', () => {
    const property = fc.property(CALLS, fc.array(CALLS, { minLength: 1, maxLength: 5 }), (before, rounds) => {
      const started = embedded(before).start();
      const { globals, memory } = stateOf(started);
      const first = Buffer.from(memory, 'base64');
      for (const calls of rounds) {
        play(started, calls);
        started.exports.reset();
        const now = new Uint8Array(started.memory.buffer);
        expect(started.exports.globals()).toEqual(globals);
        expect(Buffer.compare(now.subarray(0, first.byteLength), first)).toBe(0);
        expect(now.subarray(first.byteLength).every((byte) => byte === 0)).toBe(true);
      }
    });
    fc.assert(property, { numRuns: 50 });
  });

  it('keeps the first segment, which thread-local storage starts from', () => {
    const { exports } = embedded([]).start();
    exports.thread(256);
    expect([exports.load(256), exports.load(260)]).toEqual([0x04030201, 0x08070605]);
  });

  it('refuses a snapshot that lacks a global', () => {
    const snapshot = { memory: new Uint8Array(PAGE_BYTES), globals: {} };
    expect(() => transformed(WASM, (module) => embedSnapshot(module, { snapshot, constructors: 'construct' }))).toThrow(
      /global \S+: expected an i32 in the snapshot/,
    );
  });
});
