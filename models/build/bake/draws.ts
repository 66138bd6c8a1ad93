/**
 * The inputs that a model is calibrated and compared on: of given sizes, random ones as a request may hold them, extreme
 * values, and feeds that do not fit.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { Shape } from '../../../shared/inference/check-request.ts';
import type { Limits } from '../../../shared/limits.ts';
import type { ModelCard } from '../../../shared/model-card.ts';
import { createTensor, type Datatype, elementCount, type Tensor, TYPED_ARRAYS } from '../../../shared/tensor.ts';
import { type Axis, isAdmissible, shapesAt } from '../axes.ts';
import { drawTensors, poolsOf } from '../generate-inputs.ts';
import { readOnnx } from '../onnx-model.ts';

/** One random request in so many has extreme values, and one a size of any kind. */
const EXTREME_ONE_IN = 8;

/** How many of the graph's whole numbers are tried where an input of one whole number may decide. */
const ALTERNATIVES = 4;

const EXTREMES: Readonly<Partial<Record<Datatype, readonly (number | bigint | string)[]>>> = {
  FP32: [Number.NaN, Infinity, -Infinity, -0, 0, 3e38, -3e38, 1e-40],
  FP64: [Number.NaN, Infinity, -Infinity, -0, 0, 1e308, -1e308, 5e-324],
  FP16: [0x7e00, 0x7c00, 0xfc00, 0x8000, 0x7bff, 0x0001],
  INT64: [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 1_000n],
  UINT64: [0n, 2n ** 64n - 1n, 1_000n],
  INT32: [0, -1, 2 ** 31 - 1, -(2 ** 31), 1_000],
  UINT8: [0, 255],
  BYTES: ['', 'é', 'a long text that no model has seen', ' ', 'x'.repeat(200)],
};

/** A model as the calibration sees it. */
export interface CalibratedModel {
  readonly card: ModelCard;
  readonly onnx: Uint8Array;
  /** Inputs that the model is known to run on: those of its golden file. */
  readonly samples: readonly (readonly Tensor[])[];
  /** Whether random inputs are to be drawn from those elements alone. */
  readonly isParticular: boolean;
  readonly limits: Limits;
}

/** Draws inputs for sizes of the axes. */
export function createDraws(model: CalibratedModel, base: readonly Shape[], random: RandomGenerator) {
  const { card, samples, limits } = model;
  const pools = model.isParticular ? poolsOf(card, samples) : undefined;
  const fits = (axes: readonly Axis[], sizes: readonly number[]) =>
    sizes.every((size, i) => size <= (axes[i]?.size ?? 0)) || isAdmissible(card, shapesAt(base, axes, sizes), limits);

  /** The sizes, all but the largest one made smaller until a request can hold them. */
  const fitting = (axes: readonly Axis[], sizes: readonly number[]): number[] => {
    let fitted = [...sizes];
    const largest = fitted.indexOf(Math.max(...fitted));
    while (!fits(axes, fitted) && fitted.some((size, i) => i !== largest && size > 1)) {
      fitted = fitted.map((size, i) => (i === largest ? size : Math.ceil(size / 2)));
    }
    while (!fits(axes, fitted) && (fitted[largest] ?? 0) > 1) fitted[largest] = Math.floor((fitted[largest] ?? 0) / 2);
    return fitted;
  };
  const at = (axes: readonly Axis[], sizes: readonly number[]): readonly Tensor[] => {
    const shapes = shapesAt(base, axes, fitting(axes, sizes));
    const sample = model.isParticular ? pick(samples, random) : undefined;
    const isIt = JSON.stringify(sample?.map(({ shape }) => shape)) === JSON.stringify(shapes);
    // Elements of one input may have to fit those of another, so half of those are left together.
    if (sample !== undefined && isIt && uniformInt(random, 0, 1) === 0) return sample;
    return drawTensors(card, { shapes, random, pools });
  };

  /** A random request: small sizes are more likely, and a quarter of the sizes are ones that are known to run. */
  const unseen = (axes: readonly Axis[], runnable: readonly (readonly number[])[]): readonly Tensor[] => {
    const sizes = axes.map(({ top }, i) => {
      const ran = runnable[i] ?? [];
      if (uniformInt(random, 1, 4) === 1) return ran[Math.floor(ran.length * uniformFloat64(random) ** 2)] ?? 1;
      const isAny = uniformInt(random, 1, EXTREME_ONE_IN) === 1;
      const [least, most] = isAny ? [0, top] : [Math.min(...ran), Math.max(...ran)];
      return least + Math.floor((most - least + 1) ** (uniformFloat64(random) ** 3)) - 1;
    });
    const drawn = at(axes, sizes).map((tensor) => (uniformInt(random, 1, 4) === 1 ? compared(tensor) : tensor));
    return uniformInt(random, 1, EXTREME_ONE_IN) === 1
      ? drawn.map((tensor) => extreme(tensor, uniformInt(random, 0, 7)))
      : drawn;
  };
  const { integers } = readOnnx(model.onnx);
  const compared = (tensor: Tensor): Tensor =>
    integers.length === 0 ? tensor : decided(tensor, pick(integers, random));
  /** A single whole number as one that the graph holds: it may decide a branch there. */
  const decided = (tensor: Tensor, value: bigint): Tensor => {
    const { name, datatype, shape, data } = tensor;
    if ((datatype !== 'INT64' && datatype !== 'INT32') || data.length !== 1) return tensor;
    return createTensor(
      name,
      datatype,
      shape,
      datatype === 'INT64' ? BigInt64Array.of(value) : Int32Array.of(Number(value)),
    );
  };
  const largest = integers.filter((value) => value > 2n).sort((a, b) => (a < b ? 1 : -1));
  const alternatives = (inputs: readonly Tensor[]): Tensor[][] => {
    const candidates = largest.slice(0, ALTERNATIVES).map((value) => inputs.map((tensor) => decided(tensor, value)));
    return candidates.filter((other) => other.some((tensor, i) => tensor !== inputs[i]));
  };
  return { at, fitting, unseen, alternatives };
}

/** One of `items`, all equally likely. */
export function pick<T>(items: readonly T[], random: RandomGenerator): T {
  const item = items[uniformInt(random, 0, items.length - 1)];
  if (item === undefined) throw new RangeError('expected something to pick from, got nothing');
  return item;
}

/** The inputs with one of another size or rank than the model takes: texts of errors are made through the table too. */
export function* misfits(inputs: readonly Tensor[]): Generator<readonly Tensor[]> {
  for (const [index, { name, datatype, shape, data }] of inputs.entries()) {
    yield inputs.with(index, createTensor(name, datatype, [...shape, 1], data));
    for (const [dimension, size] of data.length === 0 ? [] : shape.entries()) {
      const other = shape.with(dimension, size + 1);
      const elements = Array.from({ length: elementCount(other) }, (_, i) => data[i % data.length]);
      const resized: unknown = datatype === 'BYTES' ? elements : Reflect.construct(TYPED_ARRAYS[datatype], [elements]);
      yield inputs.with(index, createTensor(name, datatype, other, resized));
    }
  }
}

/** The tensor with extreme values of its datatype, the first being number `shift`. */
export function extreme({ name, datatype, shape, data }: Tensor, shift: number): Tensor {
  const extremes = EXTREMES[datatype];
  if (extremes === undefined) return createTensor(name, datatype, shape, data);
  const values = Array.from({ length: data.length }, (_, i) => extremes[(i + shift) % extremes.length]);
  const elements: unknown = datatype === 'BYTES' ? values : Reflect.construct(TYPED_ARRAYS[datatype], [values]);
  return createTensor(name, datatype, shape, elements);
}
