/**
 * The baked runtime after runs that broke off anywhere, in Node: inside onnxruntime, between a C++ throw and its catch,
 * after the memory has grown. Every answer afterwards is exact. The same through the Workers: test/contract.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { generateInputs } from '../../models/build/generate-inputs.ts';
import { type BakedRuntime, createBakedRuntime } from '../../shared/inference/baked-runtime.ts';
import type { Session } from '../../shared/inference/runtime.ts';
import { createTensor, DATATYPES, type Tensor } from '../../shared/tensor.ts';
import { emptyTensor } from '../contract/cases/test-models.ts';
import { reshapedInputs } from '../support/baked-models.ts';
import { outcomeOf } from '../support/bits.ts';
import { drawPool, drawSequence, type PooledRun } from '../support/run-pool.ts';
import { DAMAGE_NAMES, sabotage, withImports } from '../support/sabotage.ts';
import { findVictim } from '../support/victim.ts';

const BAKE_MS = 300_000;
const TIMES = 300;

let found: Awaited<ReturnType<typeof findVictim>>;
let pool: PooledRun[];
beforeAll(async () => {
  found = await findVictim();
  pool = await drawPool(found.baked, found.models, 5);
}, BAKE_MS);

async function run(runtime: BakedRuntime, { subject, inputs, outputs }: PooledRun): Promise<string> {
  return outcomeOf(await runtime.openSession(subject.handle), inputs, outputs);
}

function isVictim({ subject }: PooledRun): boolean {
  return subject.card.name === 'labels';
}

describe.each(DAMAGE_NAMES)('a run that ends in %s', (damage) => {
  const reason = damage === 'missing' ? /^a function that the build left out/ : /^the run broke off/;

  it(`${TIMES} times leaves every other answer exact, and no memory behind`, async () => {
    const { baked, slot } = found;
    const runtime = createBakedRuntime(new WebAssembly.Module(sabotage(baked.wasm, slot, damage)), baked.pages);
    const good = drawSequence(
      pool.filter((item) => !isVictim(item)),
      TIMES,
      1,
    );
    const bad = drawSequence(pool.filter(isVictim), TIMES, 2);
    let afterFirst = 0;
    for (const [i, item] of good.entries()) {
      expect(await run(runtime, item)).toBe(item.outcome);
      const broken = bad[i];
      if (broken !== undefined) expect(await run(runtime, broken)).toMatch(reason);
      afterFirst ||= runtime.memoryBytes();
    }
    expect(runtime.memoryBytes()).toBe(afterFirst);
  });
});

describe('after any run', () => {
  it.each([1, 2, 3])('of a sequence of 1,000, order %i, answers are those of a fresh isolate', async (seed) => {
    const { baked } = found;
    const runtime = createBakedRuntime(new WebAssembly.Module(baked.wasm), baked.pages);
    const outcomes = new Set<string>();
    for (const item of drawSequence(pool, 1000, seed)) {
      expect(await run(runtime, item)).toBe(item.outcome);
      outcomes.add(item.outcome);
    }
    // Refused runs are among them.
    expect([...outcomes].some((text) => text.startsWith('ERROR_CODE'))).toBe(true);
    expect(outcomes.size).toBeGreaterThan(20);
  });

  it('that grew the memory and one that broke then, answers are exact and the memory grows no further', async () => {
    const { baked, models, slot } = found;
    const runtime = createBakedRuntime(new WebAssembly.Module(sabotage(baked.wasm, slot, 'garbage')), baked.pages);
    const every = models.find(({ card }) => card.name === 'every-type');
    const large = DATATYPES.map((datatype) =>
      datatype === 'FP64'
        ? createTensor(
            'in_FP64',
            datatype,
            [1000, 1000],
            Float64Array.from({ length: 1_000_000 }, (_, i) => i / 7),
          )
        : emptyTensor(datatype),
    );
    const before = runtime.memoryBytes();
    const sizes: number[] = [];
    const others = pool.filter((other) => !isVictim(other));
    const items = drawSequence(others, 10, 3);
    for (const item of [...items, ...items]) {
      const session = await runtime.openSession(every?.handle ?? 0);
      const [output] = await session.run(large, ['out_FP64']);
      expect(output?.data).toEqual(large.find(({ datatype }) => datatype === 'FP64')?.data);
      for (const broken of pool.filter(isVictim).slice(0, 1))
        expect(await run(runtime, broken)).toMatch(/^the run broke off/);
      expect(await run(runtime, item)).toBe(item.outcome);
      sizes.push(runtime.memoryBytes());
    }
    expect(Math.min(...sizes)).toBeGreaterThan(before);
    // What a run needs depends a little on the one before it; the second time nothing is new.
    expect(new Set(sizes.slice(items.length)).size).toBe(1);
  });
});

/** What a call from the module into JavaScript breaks off with. */
class Interrupted extends Error {}

describe('a run that breaks between a C++ throw and its catch', () => {
  /** Calls into JavaScript since the count was last set, and the one at which to break off: before it or after it. */
  const calls = { count: 0, thrown: 0, breakBefore: -1, breakAfter: -1 };

  const intercept =
    (call: (...args: unknown[]) => unknown) =>
    (...args: unknown[]) => {
      calls.count += 1;
      const { count } = calls;
      if (count === calls.breakBefore) throw new Interrupted();
      try {
        const result = call(...args);
        if (count !== calls.breakAfter) return result;
      } catch (cause) {
        // JavaScript carries the exceptions of C++.
        calls.thrown += 1;
        if (count !== calls.breakAfter) throw cause;
      }
      throw new Interrupted();
    };

  const wrap = (imports: WebAssembly.Imports): WebAssembly.Imports => {
    const groups = Object.entries(imports).map(([from, group]) => {
      const entries = Object.entries(group).map(([name, value]) => {
        return [
          name,
          typeof value === 'function' ? intercept((...args) => Reflect.apply(value, undefined, args)) : value,
        ];
      });
      return [from, Object.fromEntries(entries)];
    });
    return Object.fromEntries(groups);
  };

  it('is followed by exact answers and by C++ exceptions as before, wherever it breaks', async () => {
    const { baked, models } = found;
    const runtime = createBakedRuntime(new WebAssembly.Module(baked.wasm), baked.pages);
    const sessions = new Map<string, Session>();
    await withImports(wrap, async () => {
      for (const { card, handle } of models) sessions.set(card.name, await runtime.openSession(handle));
    });
    const outcome = (model: string, inputs: readonly Tensor[]) => {
      const session = sessions.get(model);
      const card = models.find((item) => item.card.name === model)?.card;
      if (session === undefined || card === undefined) throw new Error(`expected a model, got ${model}`);
      return outcomeOf(
        session,
        inputs,
        card.outputs.map(({ name }) => name),
      );
    };
    const row = models.find(({ card }) => card.name === 'auto-mpg')?.card;
    if (row === undefined) throw new Error('expected auto-mpg among the models');
    const rows = generateInputs(row, 3, 1);
    const wrongShape = [createTensor('X', 'FP32', [1, 7], new Float32Array(7))];
    // A kernel that throws, a check of shapes, and a good run for comparison.
    for (const [model, inputs, throws] of [
      ['reshaped', reshapedInputs(4n, 4n), true],
      ['auto-mpg', wrongShape, false],
      ['auto-mpg', rows, false],
    ] as const) {
      // The first run also does what is done once.
      await outcome(model, inputs);
      calls.count = 0;
      calls.thrown = 0;
      const whole = await outcome(model, inputs);
      const total = calls.count;
      expect(calls.thrown > 0).toBe(throws);
      const exact = await outcome('auto-mpg', rows);
      for (const when of ['breakBefore', 'breakAfter'] as const) {
        for (let at = 1; at <= total; at++) {
          calls.count = 0;
          calls[when] = at;
          expect(await outcome(model, inputs)).toMatch(/^the run broke off/);
          calls[when] = -1;
          expect(await outcome(model, inputs)).toBe(whole);
          expect(await outcome('auto-mpg', rows)).toBe(exact);
        }
      }
    }
  });
});
