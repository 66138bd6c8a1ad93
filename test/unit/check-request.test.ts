import { describe, expect, it } from 'vitest';
import { checkRequest } from '../../shared/inference/check-request.ts';
import type { ModelCard } from '../../shared/model-card.ts';
import type { Datatype, Tensor } from '../../shared/tensor.ts';

const MAX_ROWS = 4;

it('a cut build takes sizes up to the largest that it has tried, and says what raises them', () => {
  const card = cardOf({ datatype: 'FP32', shape: [-1, -1] });
  const tensor = (shape: number[]) => ({
    name: 'x',
    datatype: 'FP32' as const,
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
  });
  const ask = (shape: number[]) =>
    checkRequest(card, { model: 'm', inputs: [tensor(shape)] }, { maxRows: MAX_ROWS, largest: [[4, 8]] });
  expect(ask([4, 8]).ok).toBe(true);
  expect(ask([1, 9])).toMatchObject({
    error: {
      where: 'model "m", input "x"',
      expected: expect.stringMatching(/^at most 8 in dimension 1 .*the model's examples\.json .*--runtime whole/),
      got: '9',
    },
  });
});

/** The one input of a card. */
interface Spec {
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly missing?: 'nan';
}

function cardOf(input: Spec): ModelCard {
  const output = { name: 'y', datatype: 'FP32' as const, shape: [-1] };
  const inputs = [{ ...input, name: 'x', shape: [...input.shape] }];
  return { name: 'm', version: '1', platform: 'p', task: 't', inputs, outputs: [output], primaryOutput: 'y' };
}

/** What is wrong with the one input `tensor`; `ok` when nothing is. */
function check(spec: Spec, tensor: object): unknown {
  // A caller over RPC sends anything.
  const inputs = [{ name: 'x', datatype: spec.datatype, ...tensor }] as unknown as Tensor[];
  const checked = checkRequest(cardOf(spec), { model: 'm', inputs }, { maxRows: MAX_ROWS });
  return checked.ok ? 'ok' : checked.error;
}

function misfit(expected: string, got: string) {
  return { kind: 'invalid-request', where: 'model "m", input "x"', expected, got };
}

describe('data that its datatype does not allow is refused', () => {
  it.each([
    ['BOOL', Uint8Array.of(1, 2), 'bytes 0 or 1', '2 at element 1'],
    ['BYTES', ['a', 'b\0'], 'texts of whole Unicode characters without NUL', 'another at element 1'],
    ['BYTES', ['a', '\ud800'], 'texts of whole Unicode characters without NUL', 'another at element 1'],
    ['BYTES', ['a', 1], 'BYTES data', 'an array of 2'],
    ['BYTES', Object.assign(new Array(2), { 1: 'a' }), 'BYTES data', 'an array of 2'],
    ['BYTES', 'ab', 'BYTES data', 'the string "ab"'],
    ['INT64', Float64Array.of(1, 2), 'INT64 data', 'an object'],
    ['FP16', Uint16Array.of(0x7c00, 0x7c01), 'numbers', 'NaN at element 1'],
    ['FP16', Uint16Array.of(0xfc00, 0xfe00), 'numbers', 'NaN at element 1'],
    ['FP32', Float32Array.of(Number.POSITIVE_INFINITY, Number.NaN), 'numbers', 'NaN at element 1'],
    ['FP64', Float64Array.of(0, Number.NaN), 'numbers', 'NaN at element 1'],
  ] as const)('%s %#', (datatype, data, expected, got) => {
    expect(check({ datatype, shape: [-1] }, { shape: [2], data })).toEqual(misfit(expected, got));
  });
});

it.each([
  ['FP16', Uint16Array.of(0x7e00)],
  ['FP32', Float32Array.of(Number.NaN)],
  ['FP64', Float64Array.of(Number.NaN)],
] as const)('NaN in %s passes where the card marks missing values', (datatype, data) => {
  expect(check({ datatype, shape: [-1], missing: 'nan' }, { shape: [1], data })).toBe('ok');
});

describe('a shape', () => {
  const FREE = { datatype: 'FP32', shape: [-1, -1, -1] } as const;
  const data = new Float32Array();

  it.each([
    ['a scalar', { ...FREE, shape: [] }, { shape: [], data: Float32Array.of(1) }],
    ['no rows', FREE, { shape: [0, 2, 3], data }],
    ['a size of 0 inside', FREE, { shape: [4, 0, 2 ** 20], data }],
    ['a fixed size of 0', { ...FREE, shape: [0] }, { shape: [0], data }],
  ])('may be %s', (_, spec, tensor) => {
    expect(check(spec, tensor)).toBe('ok');
  });

  it.each([
    ['too many rows', [5, 0, 1], 'at most 4 rows', '5'],
    [
      'sizes that 32 bits do not hold, though 0 is among them',
      [0, 2 ** 31, 1],
      'sizes whose product is at most 2147483647',
      '[0,2147483648,1]',
    ],
    ['the same as a product', [0, 2 ** 16, 2 ** 15], 'sizes whose product is at most 2147483647', '[0,65536,32768]'],
    ['more than there is data', [1, 2 ** 20, 2], '2097152 elements for shape [1,1048576,2]', '0'],
    ['a size past 2^53', [1, 2 ** 53, 0], 'shape [-1,-1,-1] (-1 varies)', '[1,9007199254740992,0]'],
    ['a size that is no number', [1, '1', 0], 'shape [-1,-1,-1] (-1 varies)', '[1,"1",0]'],
    ['nothing', undefined, 'shape [-1,-1,-1] (-1 varies)', 'nothing'],
  ])('may not be %s', (_, shape, expected, got) => {
    expect(check(FREE, { shape, data })).toEqual(misfit(expected, got));
  });
});
