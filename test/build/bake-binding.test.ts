/**
 * Our binding over the C functions held against the package's public API: the same models, the same inputs, the same
 * bits and the same words of refusal.
 */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readPackage } from '../../models/build/bake/onnxruntime.ts';
import { type BakedRuntime, createBakedRuntime } from '../../shared/inference/baked-runtime.ts';
import { RunRefused, type Session } from '../../shared/inference/runtime.ts';
import { createStockRuntime } from '../../shared/inference/stock-runtime.ts';
import { createTensor, DATATYPES, type Datatype, type Tensor, TYPED_ARRAYS } from '../../shared/tensor.ts';
import { emptyTensor } from '../contract/cases/test-models.ts';
import { bakedSubjects, productInputs, reshapedInputs } from '../support/baked-models.ts';
import { bitsOf, outcomeOf } from '../support/bits.ts';

const BAKE_MS = 300_000;

interface Pair {
  readonly stock: Session;
  readonly baked: Session;
  readonly outputs: readonly string[];
}
const pairs = new Map<string, Pair>();
let runtime: BakedRuntime;

beforeAll(async () => {
  const { baked, models } = await bakedSubjects();
  runtime = createBakedRuntime(new WebAssembly.Module(baked.wasm), baked.pages);
  const reference = createStockRuntime(new WebAssembly.Module(new Uint8Array(readPackage().wasm)));
  for (const { card, onnx, handle } of models) {
    const outputs = card.outputs.map(({ name }) => name);
    const stock = await reference.createSession(onnx);
    pairs.set(card.name, { stock, baked: await runtime.openSession(handle), outputs });
  }
}, BAKE_MS);

function pairOf(model: string): Pair {
  const pair = pairs.get(model);
  if (pair === undefined) throw new Error(`expected a baked model, got ${model}`);
  return pair;
}

/** Holds both sides to the same outcome and returns it. */
async function expectSame(model: string, inputs: readonly Tensor[], names?: readonly string[]): Promise<string> {
  const { stock, baked, outputs } = pairOf(model);
  const expected = await outcomeOf(stock, inputs, names ?? outputs);
  expect(await outcomeOf(baked, inputs, names ?? outputs)).toBe(expected);
  return expected;
}

/**
 * Elements of any bits; texts of any characters but NUL, which ends a text in C, and a byte order mark at their start,
 * which the public API drops from long texts.
 */
function drawData(datatype: Datatype, count: number): fc.Arbitrary<unknown> {
  const length = { minLength: count, maxLength: count };
  if (datatype === 'BYTES') {
    const text = fc.string({ unit: 'binary' }).map((drawn) => drawn.replaceAll('\0', '-').replace(/^\uFEFF/, ''));
    return fc.array(text, length);
  }
  if (datatype === 'BOOL') return fc.array(fc.nat(1), length).map((bits) => Uint8Array.from(bits));
  const TypedArray: new (buffer: ArrayBuffer) => unknown = TYPED_ARRAYS[datatype];
  const bytes = count * TYPED_ARRAYS[datatype].BYTES_PER_ELEMENT;
  return fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((array) => new TypedArray(Uint8Array.from(array).buffer));
}

const SHAPE = fc.tuple(fc.nat(4), fc.nat(5));

function drawTensor(datatype: Datatype): fc.Arbitrary<Tensor> {
  return SHAPE.chain((shape) =>
    drawData(datatype, shape[0] * shape[1]).map((data) => createTensor(`in_${datatype}`, datatype, shape, data)),
  );
}

const EVERY = fc.tuple(...DATATYPES.map(drawTensor));

describe('the binding gives the bits of the public API', () => {
  it('for every datatype together, of any bits and shapes, with sizes of zero among them', async () => {
    await fc.assert(
      fc.asyncProperty(EVERY, async (tensors) => {
        expect(await expectSame('every-type', tensors)).toBe(
          tensors.map((tensor) => bitsOf({ ...tensor, name: tensor.name.replace('in_', 'out_') })).join('\n'),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('for any choice of outputs in any order', async () => {
    const names = fc.shuffledSubarray([...pairOf('every-type').outputs], { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(EVERY, names, async (tensors, chosen) => {
        await expectSame('every-type', tensors, chosen);
      }),
    );
  });

  it('for inputs in any order', async () => {
    const shuffled = EVERY.chain((tensors) => fc.shuffledSubarray(tensors, { minLength: tensors.length }));
    await fc.assert(fc.asyncProperty(shuffled, async (tensors) => void (await expectSame('every-type', tensors))));
  });

  it.each([
    ['nothing', ''],
    ['characters of one to four bytes', 'aé世🐧'],
    ['a byte order mark', '\uFEFFa\uFEFF'],
    ['white space', ' \n\t '],
    ['many bytes', '世'.repeat(100_000)],
  ])('for a text of %s', async (_, text) => {
    const inputs = [createTensor('n', 'INT64', [], BigInt64Array.of(1n)), createTensor('text', 'BYTES', [], [text])];
    await expectSame('scalars', inputs);
    const many = DATATYPES.map((datatype) =>
      datatype === 'BYTES' ? createTensor('in_BYTES', 'BYTES', [1, 3], [text, '', text]) : emptyTensor(datatype),
    );
    await expectSame('every-type', many);
  });

  it('but for a byte order mark that opens a long text, which it keeps', async () => {
    const text = `\uFEFF${'a'.repeat(100)}`;
    const { baked } = pairOf('scalars');
    const n = createTensor('n', 'INT64', [], BigInt64Array.of(1n));
    const [, same] = await baked.run([n, createTensor('text', 'BYTES', [], [text])], ['next', 'same']);
    expect(same?.data).toEqual([text]);
  });

  it.each([-(2n ** 63n), -1n, 0n, 2n ** 53n + 1n, 2n ** 63n - 1n])('for the scalar %s', async (n) => {
    const inputs = [createTensor('n', 'INT64', [], BigInt64Array.of(n)), createTensor('text', 'BYTES', [], ['a'])];
    expect(await expectSame('scalars', inputs)).toMatch(/^next INT64 \[\] /);
  });

  it('for outputs whose size is known only after the run, none among them', async () => {
    const table = SHAPE.chain((shape) =>
      drawData('BOOL', shape[0] * shape[1]).map((data) => createTensor('X', 'BOOL', shape, data)),
    );
    await fc.assert(fc.asyncProperty(table, async (input) => void (await expectSame('places', [input]))));
    expect(await expectSame('places', [createTensor('X', 'BOOL', [2, 2], new Uint8Array(4))])).toBe('at INT64 [2,0] ');
  });

  it('for empty batches', async () => {
    const empty = (columns: number) => [createTensor('X', 'FP32', [0, columns], new Float32Array(0))];
    expect(await expectSame('auto-mpg', empty(8))).toBe('Y FP32 [0,1] ');
    expect(await expectSame('labels', empty(2))).toBe('label BYTES [0] \nmissing BOOL [0,2] ');
    expect(await expectSame('classes', empty(2))).toBe('class INT64 [0] ');
    expect(await expectSame('product', productInputs([0, 3, 2]))).toBe('C FP32 [0,2] ');
    expect(await expectSame('product', productInputs([2, 0, 2]))).toMatch(/^C FP32 \[2,2\] A+==$/);
  });

  it('for sizes that grow until the memory does, and small ones after them', async () => {
    const before = runtime.memoryBytes();
    for (const rows of [1, 3, 1000, 2, 30_000, 1, 100_000, 600_000, 5, 1_200_000, 1]) {
      const tensors = DATATYPES.map((datatype) => {
        if (datatype !== 'FP32' && datatype !== 'INT64') return emptyTensor(datatype);
        const numbers = Array.from({ length: rows * 2 }, (_, i) => i / 3);
        const data = datatype === 'FP32' ? Float32Array.from(numbers) : BigInt64Array.from(numbers.keys(), BigInt);
        return createTensor(`in_${datatype}`, datatype, [rows, 2], data);
      });
      await expectSame('every-type', tensors);
    }
    expect(runtime.memoryBytes()).toBeGreaterThan(before);
  });

  it.each([[[1, 1, 1]], [[3, 5, 2]], [[17, 40, 33]], [[64, 128, 96]], [[200, 300, 100]]] as const)(
    'for the product of sizes %j',
    async (sizes) => {
      expect(await expectSame('product', productInputs(sizes))).toMatch(/^C FP32/);
    },
  );
});

describe('the binding refuses in the words of the public API', () => {
  const X = (shape: readonly number[], datatype: Datatype = 'FP32') => {
    const count = shape.reduce((product, size) => product * size, 1);
    const data = datatype === 'BYTES' ? Array(count).fill('a') : new TYPED_ARRAYS[datatype](count);
    return createTensor('X', datatype, shape, data);
  };

  it.each([
    ['a wrong number of columns', 'auto-mpg', [X([2, 7])]],
    ['a wrong rank', 'auto-mpg', [X([8])]],
    ['a rank of zero', 'auto-mpg', [X([])]],
    ['too high a rank', 'auto-mpg', [X([1, 1, 8])]],
    ['matrices that do not fit', 'product', [productInputs([2, 3, 4])[0], productInputs([5, 5, 5])[1]]],
    ['a shape that does not hold the elements', 'reshaped', reshapedInputs(4n, 4n)],
    ['another datatype', 'auto-mpg', [X([1, 8], 'FP64')]],
    ['texts in place of numbers', 'auto-mpg', [X([1, 8], 'BYTES')]],
  ] as const)('%s, again and again, and answers what is right', async (_, model, drawn) => {
    const inputs = drawn.flatMap((tensor) => (tensor === undefined ? [] : [tensor]));
    for (let i = 0; i < 3; i++) expect(await expectSame(model, inputs)).toMatch(/^ERROR_CODE: \d+, ERROR_MESSAGE: \S/);
    expect(await expectSame('auto-mpg', [X([2, 8])])).toMatch(/^Y FP32 \[2,1\]/);
  });

  it.each([
    ['an unknown input', [{ ...X([1, 8]), name: 'Q' }], ['Y']],
    ['an unknown output', [X([1, 8])], ['Q']],
    ['no input', [], ['Y']],
    ['an input too many', [X([1, 8]), { ...X([1, 8]), name: 'Q' }], ['Y']],
    ['a size that no tensor has', [{ ...X([0, 8]), shape: [2 ** 31 - 1, 8] }], ['Y']],
    ['fewer elements than the shape has', [{ ...X([1, 8]), shape: [2, 8] }], ['Y']],
  ])('%s: refused here in onnxruntime, there before it, and answers what is right', async (_, inputs, outputs) => {
    const { stock, baked } = pairOf('auto-mpg');
    for (let i = 0; i < 3; i++) {
      await expect(stock.run(inputs, outputs)).rejects.toThrow();
      // The request check stands before both, so no calibration sees these, and their errors may need what was cut.
      await expect(baked.run(inputs, outputs)).rejects.toThrow(/^(ERROR_CODE: |a function that the build left out)/);
      expect(await expectSame('auto-mpg', [X([2, 8])])).toMatch(/^Y FP32 \[2,1\]/);
    }
  });

  it('a thousand refused runs leave no memory behind', async () => {
    const { baked } = pairOf('auto-mpg');
    const refuse = async () => {
      for (let i = 0; i < 1000; i++) await expect(baked.run([X([1000, 7])], ['Y'])).rejects.toThrow(RunRefused);
      return runtime.memoryBytes();
    };
    expect(await refuse()).toBe(await refuse());
  });
});
