import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { TensorSpec } from '../../shared/model-card.ts';
import { countDrift } from '../../shared/observe/drift.ts';
import { createTensor } from '../../shared/tensor.ts';

type Range = readonly [min: number, max: number];

function specOf(ranges: readonly Range[], datatype: TensorSpec['datatype'] = 'FP64'): TensorSpec {
  const features = ranges.map(([min, max], i) => ({ name: `f${i}`, unit: '', step: 1, min, max }));
  return { name: 'X', datatype, shape: [-1, ranges.length], features };
}

/** What lies outside and what is missing of one column, looked at value by value. */
function naive(rows: readonly (readonly number[])[], column: number, [min, max]: Range) {
  const values = rows.map((row) => row[column] ?? 0);
  const missing = values.filter((value) => Number.isNaN(value)).length;
  return { outOfRange: values.filter((value) => value < min || value > max).length, missing };
}

const range = fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 }));
const value = fc.oneof(fc.integer({ min: -12, max: 12 }), fc.constantFrom(Number.NaN, Infinity, -Infinity, -0));
const table = fc.array(range, { minLength: 1, maxLength: 5 }).chain((ranges) => {
  const row = fc.array(value, { minLength: ranges.length, maxLength: ranges.length });
  return fc.record({ ranges: fc.constant(ranges), rows: fc.array(row, { maxLength: 8 }) });
});

it('counts by feature what a look at each value counts', () => {
  fc.assert(
    fc.property(table, ({ ranges, rows }) => {
      const tensor = createTensor('X', 'FP64', [rows.length, ranges.length], Float64Array.from(rows.flat()));
      const expected = ranges.map((own, i) => ({ feature: `f${i}`, ...naive(rows, i, own) }));
      expect(countDrift(specOf(ranges), tensor)).toEqual(expected);
    }),
  );
});

it('takes the ends of a range as FP32 has them for values of FP32', () => {
  const tensor = createTensor('X', 'FP32', [3, 1], Float32Array.of(0.1, 24.8, 24.81));
  expect(countDrift(specOf([[0.1, 24.8]], 'FP32'), tensor)).toEqual([{ feature: 'f0', outOfRange: 1, missing: 0 }]);
});

it('counts integers of 64 bits', () => {
  const tensor = createTensor('X', 'INT64', [3, 1], BigInt64Array.of(1n, 5n, 2n ** 60n));
  expect(countDrift(specOf([[2, 5]], 'INT64'), tensor)).toEqual([{ feature: 'f0', outOfRange: 2, missing: 0 }]);
});

it('holds all elements to the range of the tensor where no column has one', () => {
  const spec: TensorSpec = { name: 'X', datatype: 'FP32', shape: [1, 2, 2], min: 0, max: 1 };
  const tensor = createTensor('X', 'FP32', [1, 2, 2], Float32Array.of(0, 1, 2, Number.NaN));
  expect(countDrift(spec, tensor)).toEqual([{ feature: '', outOfRange: 1, missing: 1 }]);
});

it('finds no value outside a range that the card does not state', () => {
  const spec: TensorSpec = { name: 'X', datatype: 'FP32', shape: [-1] };
  const tensor = createTensor('X', 'FP32', [2], Float32Array.of(1e30, -Infinity));
  expect(countDrift(spec, tensor)).toEqual([{ feature: '', outOfRange: 0, missing: 0 }]);
});

it('says nothing of texts', () => {
  const spec: TensorSpec = { name: 'X', datatype: 'BYTES', shape: [-1] };
  expect(countDrift(spec, createTensor('X', 'BYTES', [1], ['a']))).toEqual([]);
});
