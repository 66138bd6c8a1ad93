/**
 * Inputs for any model, drawn from a seed: within the ranges that its card states, else from ranges that models of any
 * kind take. The same card and seed give the same tensors.
 */

import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { toHalf } from '../../shared/half.ts';
import type { ModelCard, TensorSpec } from '../../shared/model-card.ts';
import { createTensor, type Datatype, elementCount, type Tensor, TYPED_ARRAYS } from '../../shared/tensor.ts';
import { fromJsonTensor, toJsonTensor } from './golden.ts';

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

/** Most elements that are drawn one by one for each column of a tensor. */
const MAX_DRAWN = 2 ** 14;

/** One letter takes more than one byte of UTF-8. */
const LETTERS = [...'abcdeé'];
const MAX_LETTERS = 4;

/** A tensor for each input of the card; a first dimension that varies has `rows`, any other varying one 3. */
export function generateInputs(card: ModelCard, rows: number, seed: number): Tensor[] {
  return drawInputs(card, { rows }, xoroshiro128plus(seed));
}

/** The same, from a generator that goes on. */
export function drawInputs(card: ModelCard, sizes: VaryingSizes, random: RandomGenerator): Tensor[] {
  const shapes = card.inputs.map((spec) => generatedShape(spec, sizes));
  return drawTensors(card, { shapes, random });
}

export interface Draw {
  /** The shape of each input. */
  readonly shapes: readonly (readonly number[])[];
  readonly random: RandomGenerator;
  /** For each input the elements that all of its are drawn from, as `poolsOf` gathers them. */
  readonly pools?: readonly Pool[] | undefined;
  /** The range of each input's whole numbers where its card states none. */
  readonly integers?: readonly Pick<Range, 'min' | 'max'>[];
  /** What every element of an input is, by its name. */
  readonly values?: ReadonlyMap<string, number | string>;
}

/** A tensor for each input of the card. A large one repeats the elements that were drawn for its beginning. */
export function drawTensors(card: ModelCard, draw: Draw): Tensor[] {
  return card.inputs.map((spec, index) => {
    const shape = draw.shapes[index] ?? [];
    const ranges = rangesOf(spec, draw.integers?.[index]);
    const one = drawOne(spec, index, ranges, draw);
    const length = Math.min(elementCount(shape), MAX_DRAWN * ranges.length);
    const data = Array.from({ length }, (_, i) => one(i));
    return repeated(fromJsonTensor({ name: spec.name, datatype: spec.datatype, shape: [length], data }), shape);
  });
}

type DrawOne = (i: number) => number | string;

function drawOne(spec: TensorSpec, index: number, ranges: readonly Range[], { random, pools, values }: Draw): DrawOne {
  const value = values?.get(spec.name);
  if (value !== undefined) return () => (spec.datatype === 'FP16' ? toHalf(Number(value)) : value);
  const pool = pools?.[index] ?? [];
  if (pool.length === 0) return (i) => drawElement(spec, ranges[i % ranges.length] ?? FLOATS, random);
  // An element comes from its own column where columns are fixed.
  const width = Math.max(1, spec.shape.at(-1) ?? 1);
  const rows = Math.max(1, Math.floor(pool.length / width));
  return (i) => pool[(uniformInt(random, 0, rows - 1) * width + (i % width)) % pool.length] ?? 0;
}

/** Elements of one input, as a golden file has them. */
type Pool = readonly (number | string)[];

/** Most elements of a pool. */
const MAX_POOL = 2 ** 14;

/** The elements of inputs on which a model is known to run, for each of its inputs. */
export function poolsOf(card: ModelCard, known: readonly (readonly Tensor[])[]): Pool[] {
  return card.inputs.map((_, index) => {
    const elements = known.flatMap((tensors) =>
      tensors[index] === undefined ? [] : toJsonTensor(tensors[index]).data,
    );
    return elements.slice(0, MAX_POOL);
  });
}

/** The elements over and over, until they fill `shape`. */
function repeated({ name, datatype, data }: Tensor, shape: readonly number[]): Tensor {
  const elements = elementCount(shape);
  if (elements === data.length) return createTensor(name, datatype, shape, data);
  if (datatype === 'BYTES') {
    return createTensor(
      name,
      datatype,
      shape,
      Array.from({ length: elements }, (_, i) => data[i % data.length]),
    );
  }
  const filled = new TYPED_ARRAYS[datatype](elements);
  const target: { set(source: unknown, offset?: number): void } = filled;
  for (let at = 0; at < elements; at += data.length) {
    target.set(at + data.length > elements ? data.slice(0, elements - at) : data, at);
  }
  return createTensor(name, datatype, shape, filled);
}

function generatedShape({ shape }: TensorSpec, { rows, others = VARYING_SIZE }: VaryingSizes): number[] {
  return shape.map((size, axis) => (size !== -1 ? size : axis === 0 ? rows : others));
}

/** One range for each column, or one for all elements. */
function rangesOf(
  { datatype, features, min, max, step }: TensorSpec,
  integers: Pick<Range, 'min' | 'max'> | undefined,
): readonly Range[] {
  if (features !== undefined && features.length > 0) return features;
  const usual = rangeOf(datatype, integers);
  return [{ min: min ?? usual.min, max: max ?? usual.max, step: step ?? usual.step }];
}

function rangeOf(datatype: Datatype, integers: Pick<Range, 'min' | 'max'> | undefined): Range {
  if (datatype === 'BOOL') return { min: 0, max: 1, step: 1 };
  return datatype.startsWith('FP') ? FLOATS : { ...INTEGERS, ...integers };
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
