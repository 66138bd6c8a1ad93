/**
 * The runs that show which functions a model enters through the table: many batch sizes, because kernels choose their
 * path by shape, extreme values, and inputs that do not fit, because their errors are built through the table too.
 */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { ModelCard } from '../../../shared/model-card.ts';
import { createTensor, type Datatype, type Tensor, TYPED_ARRAYS } from '../../../shared/tensor.ts';
import { countElements, drawInputs, type VaryingSizes } from '../generate-inputs.ts';

const SEED = 17;

/** Sizes of the first dimension where it varies: small ones, and around the widths of vector and cache blocks. */
const ROWS = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 63, 64, 65, 127, 128, 129, 256, 257, 512, 1023, 1024,
];

/** Sizes of every other dimension that varies, each with several batches. */
const VARIED = [1, 2, 3, 4, 5, 8, 16, 17, 32, 64].flatMap((others) => [1, 2, 5].map((rows) => ({ rows, others })));

/** Most elements of a run: as many FP32 numbers as the predictor's body limit holds. */
const MAX_ELEMENTS = 2 ** 20;

/** Most bytes of weights that a run may read, counted once a row: a second or so for most models. */
const MAX_WEIGHT_BYTES = 2 ** 30;

const EXTREMES: Readonly<Partial<Record<Datatype, readonly (number | bigint | string)[]>>> = {
  FP32: [Number.NaN, Infinity, -Infinity, -0, 0, 3e38, -3e38, 1e-40],
  FP64: [Number.NaN, Infinity, -Infinity, -0, 0, 1e308, -1e308, 5e-324],
  FP16: [0x7e00, 0x7c00, 0xfc00, 0x8000, 0x7bff, 0x0001],
  INT64: [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n)],
  UINT64: [0n, 2n ** 64n - 1n],
  INT32: [0, -1, 2 ** 31 - 1, -(2 ** 31)],
  BYTES: ['', 'é', 'a long text that no model has seen'],
};

/** A model as the calibration sees it. */
export interface CalibratedModel {
  readonly card: ModelCard;
  readonly onnx: Uint8Array;
}

/** Whether a run with these sizes is no more than a calibration should cost. */
export function isAffordable({ card, onnx }: CalibratedModel, sizes: VaryingSizes): boolean {
  return countElements(card, sizes) <= MAX_ELEMENTS && onnx.byteLength * sizes.rows <= MAX_WEIGHT_BYTES;
}

/** The outputs that runs ask for: all of them, and each alone, because the runtime leaves out what no output needs. */
export function outputChoices({ outputs }: ModelCard): string[][] {
  const names = outputs.map(({ name }) => name);
  return names.length === 1 ? [names] : [names, ...names.map((name) => [name])];
}

/** Inputs for every calibration run of a model, some of which it must refuse. */
export function* calibrationInputs(model: CalibratedModel): Generator<Tensor[]> {
  const { card } = model;
  const random = xoroshiro128plus(SEED);
  const draw = (rows: number, others: number) => drawInputs(card, { rows, others }, random);
  for (const rows of varies(card, 0) ? ROWS.filter((rows) => isAffordable(model, { rows })) : [1]) yield draw(rows, 3);
  if (varies(card, 1))
    for (const { rows, others } of VARIED) if (isAffordable(model, { rows, others })) yield draw(rows, others);
  yield draw(2, 3).map(toExtremes);
  for (const [index] of card.inputs.entries()) {
    const [right, other] = [draw(2, 3), draw(3, 4)];
    yield right.map((tensor, i) => (i === index ? (other[i] ?? tensor) : tensor));
    yield right.map((tensor, i) => (i === index ? widened(tensor) : tensor));
  }
}

/** Whether a dimension varies, at axis 0 or at any later one. */
function varies({ inputs }: ModelCard, from: 0 | 1): boolean {
  return inputs.some(({ shape }) => (from === 0 ? shape[0] === -1 : shape.slice(1).includes(-1)));
}

function toExtremes({ name, datatype, shape, data }: Tensor): Tensor {
  const extremes = EXTREMES[datatype];
  if (extremes === undefined) return createTensor(name, datatype, shape, data);
  const values = Array.from({ length: data.length }, (_, i) => extremes[i % extremes.length]);
  const elements: unknown = datatype === 'BYTES' ? values : Reflect.construct(TYPED_ARRAYS[datatype], [values]);
  return createTensor(name, datatype, shape, elements);
}

/** The same elements in a shape with one dimension more, which no model takes for it. */
function widened({ name, datatype, shape, data }: Tensor): Tensor {
  return createTensor(name, datatype, [...shape, 1], data);
}
