/** Golden files: every datatype there and back, what counts as the same answer, and inputs drawn for any card. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateInputs } from '../../models/build/generate-inputs.ts';
import {
  findDifference,
  fromJsonTensor,
  type JsonTensor,
  printGolden,
  toJsonTensor,
} from '../../models/build/golden.ts';
import { fromHalf, toHalf } from '../../shared/half.ts';
import type { ModelCard, TensorSpec } from '../../shared/model-card.ts';
import { DATATYPES, type Datatype, holdsDatatype } from '../../shared/tensor.ts';

/** Elements of each datatype as a golden file holds them, extremes among them. */
const EXTREMES: Record<Datatype, (number | string)[]> = {
  BOOL: [0, 1],
  UINT8: [0, 255],
  UINT16: [0, 65_535],
  UINT32: [0, 4_294_967_295],
  UINT64: ['0', '18446744073709551615'],
  INT8: [-128, 127],
  INT16: [-32_768, 32_767],
  INT32: [-2_147_483_648, 2_147_483_647],
  INT64: ['-9223372036854775808', '9223372036854775807'],
  FP16: [0x3c00, 0x7e00],
  FP32: [Math.fround(0.1), 'NaN'],
  FP64: ['-Infinity', 0.1],
  BYTES: ['', 'é"\n'],
};

const golden = (datatype: Datatype, data = EXTREMES[datatype]): JsonTensor => ({
  name: 'T',
  datatype,
  shape: [1, data.length],
  data,
});

describe.each(DATATYPES)('a tensor of %s', (datatype) => {
  it('comes back from JSON as it went', () => {
    const json = JSON.parse(printGolden({ seed: 1, cases: [{ inputs: [golden(datatype)], outputs: [] }] }));
    const tensor = fromJsonTensor(json.cases[0].inputs[0]);
    expect(holdsDatatype(datatype, tensor.data)).toBe(true);
    expect(toJsonTensor(tensor)).toEqual(golden(datatype));
    expect(findDifference(tensor, golden(datatype))).toBeUndefined();
  });

  it('differs from one with its elements exchanged', () => {
    const [first = 0, second = 0] = EXTREMES[datatype];
    const got = fromJsonTensor(golden(datatype, [second, first]));
    expect(findDifference(got, golden(datatype))).toBe(`output "T", element 0: expected ${first}, got ${second}`);
  });
});

describe('an answer', () => {
  const expected = golden('FP32', [1, 'Infinity', 0]);
  const got = (...data: number[]) => fromJsonTensor(golden('FP32', data));

  it('may differ in the last places of a float, not by more', () => {
    expect(findDifference(got(1 + 5e-6, Number.POSITIVE_INFINITY, -5e-8), expected)).toBeUndefined();
    const tooFar = findDifference(got(1, Number.POSITIVE_INFINITY, 2 ** -20), expected);
    expect(tooFar).toBe('output "T", element 2: expected 0, got 9.5367431640625e-7');
  });

  it('is not NaN or finite in place of an infinity', () => {
    for (const value of [Number.NaN, 3e38, Number.NEGATIVE_INFINITY]) {
      expect(findDifference(got(1, value, 0), expected)).toMatch(/element 1: expected Infinity, got/);
    }
  });

  it('has the golden name, datatype and shape', () => {
    expect(findDifference(undefined, expected)).toBe('output "T": expected T FP32 [1,3], got none');
    const other = fromJsonTensor({ ...expected, shape: [3, 1] });
    expect(findDifference(other, expected)).toBe('output "T": expected T FP32 [1,3], got T FP32 [3,1]');
  });
});

it('refuses a golden tensor whose elements do not fill its shape', () => {
  expect(() => fromJsonTensor({ ...golden('FP32'), shape: [3] })).toThrow('expected 3 elements for shape [3], got 2');
});

it('converts every FP16 to its number and back, and rounds others as float16 does', () => {
  for (let bits = 0; bits < 65_536; bits++) {
    const value = fromHalf(bits);
    if (!Number.isNaN(value)) expect(toHalf(value)).toBe(bits);
    else expect(toHalf(value)).toBe(0x7e00);
  }
  fc.assert(
    fc.property(fc.double({ min: -70_000, max: 70_000, noNaN: true }), (value) => {
      const bits = toHalf(value);
      const error = Math.abs(fromHalf(bits) - value);
      // No neighbour is nearer.
      for (const near of [bits - 1, bits + 1]) {
        const other = fromHalf(near & 0xffff);
        if (Number.isFinite(other) && Number.isFinite(error))
          expect(Math.abs(other - value)).toBeGreaterThanOrEqual(error);
      }
    }),
  );
  expect([65_519.99, 65_520].map(toHalf)).toEqual([0x7bff, 0x7c00]);
  expect([1 + 2 ** -11, 1 + 3 * 2 ** -11].map(toHalf)).toEqual([0x3c00, 0x3c02]);
});

describe('generated inputs', () => {
  const cardOf = (...inputs: TensorSpec[]): ModelCard => ({
    name: 'm',
    version: '1',
    platform: 'onnx_onnxv1',
    task: 'unknown',
    inputs,
    outputs: [],
    primaryOutput: '',
  });

  it('are of the datatype, rows and sizes of each input, the same for the same seed', () => {
    const card = cardOf(...DATATYPES.map((datatype) => ({ name: datatype, datatype, shape: [-1, 2, -1] })));
    const inputs = generateInputs(card, 5, 9);
    expect(generateInputs(card, 5, 9)).toEqual(inputs);
    expect(generateInputs(card, 5, 10)).not.toEqual(inputs);
    for (const [i, { name, datatype, shape, data }] of inputs.entries()) {
      expect([name, datatype, shape]).toEqual([DATATYPES[i], DATATYPES[i], [5, 2, 3]]);
      expect(new Set<unknown>([...data]).size).toBeGreaterThan(1);
    }
  });

  it('keep to the range of the input, of its columns, and are NaN where that means absent', () => {
    const column = { unit: '', step: 1 };
    const features = [
      { ...column, name: 'a', min: 0, max: 3 },
      { ...column, name: 'b', min: 10, max: 13 },
    ];
    const card = cardOf(
      { name: 'pixels', datatype: 'UINT8', shape: [-1], min: 0, max: 255, step: 5 },
      { name: 'table', datatype: 'FP32', shape: [-1, 2], features, missing: 'nan' },
    );
    const [pixels, table] = generateInputs(card, 200, 1).map((input) => Array.from(input.data, Number));
    expect(pixels?.every((value) => value % 5 === 0)).toBe(true);
    expect(Math.max(...(pixels ?? []))).toBeGreaterThan(200);
    for (const [i, value] of (table ?? []).entries()) {
      if (!Number.isNaN(value)) expect([0, 1, 2, 3].map((n) => n + (i % 2) * 10)).toContain(value);
    }
    expect(table?.some(Number.isNaN)).toBe(true);
  });

  it('of a scalar are one element', () => {
    expect(generateInputs(cardOf({ name: 's', datatype: 'INT64', shape: [] }), 7, 1)[0]?.data).toHaveLength(1);
  });
});
