/**
 * Inputs for any model, drawn from a seed: within the ranges that its card states, else from ranges that models of any
 * kind take. The same card and seed give the same tensors.
 */

import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { ModelCard, TensorSpec } from '../../shared/model-card.ts';
import { type Datatype, elementCount, type Tensor } from '../../shared/tensor.ts';
import { fromJsonTensor } from './golden.ts';
import { toHalf } from './half.ts';

/** Values from `min` to `max` in steps of `step`. */
interface Range {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

/** The sizes of varying dimensions: `rows` of the first one, `others` of any other. */
export interface VaryingSizes {
  readonly rows: number;
  readonly others?: number;
}

/** The size of a varying dimension that is not the first, unless told. */
const VARYING_SIZE = 3;

/** One element in so many is NaN where an input's absent values are NaN. */
const MISSING_ONE_IN = 8;

/** Multiples of 1/64 are exact in every float type and short in JSON. */
const FLOATS: Range = { min: -1, max: 1, step: 1 / 64 };

/** Many integer inputs are indices, so none is negative or as large as a varying dimension. */
const INTEGERS: Range = { min: 0, max: VARYING_SIZE - 1, step: 1 };

/** One letter takes more than one byte of UTF-8. */
const LETTERS = [...'abcdeé'];
const MAX_LETTERS = 4;

/** A tensor for each input of the card; a first dimension that varies has `rows`, any other varying one 3. */
export function generateInputs(card: ModelCard, rows: number, seed: number): Tensor[] {
  return drawInputs(card, { rows }, xoroshiro128plus(seed));
}

/** The same, from a generator that goes on. */
export function drawInputs(card: ModelCard, sizes: VaryingSizes, random: RandomGenerator): Tensor[] {
  return card.inputs.map((spec) => {
    const shape = generatedShape(spec, sizes);
    const elements = elementCount(shape);
    const ranges = rangesOf(spec);
    const draw = (i: number) => drawElement(spec, ranges[i % ranges.length] ?? FLOATS, random);
    const data = Array.from({ length: elements }, (_, i) => draw(i));
    return fromJsonTensor({ name: spec.name, datatype: spec.datatype, shape, data });
  });
}

/** How many elements the inputs of one run have together. */
export function countElements(card: ModelCard, sizes: VaryingSizes): number {
  const counts = card.inputs.map((spec) => elementCount(generatedShape(spec, sizes)));
  return counts.reduce((total, count) => total + count, 0);
}

function generatedShape({ shape }: TensorSpec, { rows, others = VARYING_SIZE }: VaryingSizes): number[] {
  return shape.map((size, axis) => (size !== -1 ? size : axis === 0 ? rows : others));
}

/** One range for each column, or one for all elements. */
function rangesOf({ datatype, features, min, max, step }: TensorSpec): readonly Range[] {
  if (features !== undefined && features.length > 0) return features;
  const usual = rangeOf(datatype);
  return [{ min: min ?? usual.min, max: max ?? usual.max, step: step ?? usual.step }];
}

function rangeOf(datatype: Datatype): Range {
  if (datatype === 'BOOL') return { min: 0, max: 1, step: 1 };
  return datatype.startsWith('FP') ? FLOATS : INTEGERS;
}

function drawElement({ datatype, missing }: TensorSpec, range: Range, random: RandomGenerator): number | string {
  if (datatype === 'BYTES') return drawText(random);
  const absent = missing === 'nan' && datatype.startsWith('FP') && uniformInt(random, 1, MISSING_ONE_IN) === 1;
  const value = absent ? Number.NaN : drawNumber(range, random);
  return datatype === 'FP16' ? toHalf(value) : value;
}

function drawNumber({ min, max, step }: Range, random: RandomGenerator): number {
  const steps = Math.round((max - min) / step);
  return min + step * Math.floor(uniformFloat64(random) * (steps + 1));
}

function drawText(random: RandomGenerator): string {
  const letters = Array.from({ length: uniformInt(random, 1, MAX_LETTERS) }, () =>
    uniformInt(random, 0, LETTERS.length - 1),
  );
  return letters.map((letter) => LETTERS[letter]).join('');
}
