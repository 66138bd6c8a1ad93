/**
 * Trains `auto-mpg`: fuel economy of 392 cars of 1970 to 1982 as a linear function of eight features, by least squares.
 * `node models/auto-mpg/train.ts [FOLDER]` writes model.onnx, card.json and golden.json, the same bytes each time.
 */
import { Matrix, QrDecomposition } from 'ml-matrix';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import * as v from 'valibot';
import type { ModelCard } from '../../shared/model-card.ts';
import { encodeOnnx } from '../build/onnx-file.ts';
import { splitRandomly } from '../build/shuffle.ts';
import { readPackageData, writeTrainedModel } from '../build/trained-model.ts';

const SPLIT_SEED = 398;
const GOLDEN_SEED = 1983;
const GOLDEN_ROWS = 64;
const TEST_SHARE = 0.2;

/** The model's features in the order of its input; the units and words of the data's own description. */
const FEATURES = [
  { name: 'cylinders', unit: 'count', step: 1 },
  { name: 'displacement', unit: 'cubic inches', step: 0.5 },
  { name: 'horsepower', unit: 'horsepower', step: 1 },
  { name: 'weight', unit: 'pounds', step: 1 },
  { name: 'acceleration', unit: 'seconds from 0 to 60 miles per hour', step: 0.1 },
  { name: 'model_year', unit: 'year of the 20th century', step: 1 },
  { name: 'origin_europe', unit: '1 if built in Europe, else 0', step: 1 },
  { name: 'origin_japan', unit: '1 if built in Japan, else 0', step: 1 },
] as const;

const Car = v.object({
  Miles_per_Gallon: v.nullable(v.number()),
  Cylinders: v.number(),
  Displacement: v.number(),
  Horsepower: v.nullable(v.number()),
  Weight_in_lbs: v.number(),
  Acceleration: v.number(),
  Year: v.pipe(v.string(), v.isoDate()),
  Origin: v.picklist(['USA', 'Europe', 'Japan']),
});

/** One complete car: features in the model's order, and miles per US gallon. */
export interface Example {
  readonly x: readonly number[];
  readonly y: number;
}

/** A linear model: y = intercept + weights . x, all rounded to FP32. */
export interface LinearModel {
  readonly intercept: number;
  readonly weights: readonly number[];
}

/** The 392 cars whose fuel economy and horsepower are both known, in the file's order. */
export function loadExamples(): Example[] {
  const cars = v.parse(v.array(Car), readPackageData('vega-datasets', '../data/cars.json'));
  return cars.flatMap((car) => {
    if (car.Miles_per_Gallon === null || car.Horsepower === null) return [];
    const year = Number(car.Year.slice(2, 4));
    const origin = [Number(car.Origin === 'Europe'), Number(car.Origin === 'Japan')];
    const engine = [car.Cylinders, car.Displacement, car.Horsepower, car.Weight_in_lbs, car.Acceleration];
    return [{ x: [...engine, year, ...origin], y: car.Miles_per_Gallon }];
  });
}

/** The examples in a seeded random order, cut into a training and a test part. */
export function splitExamples(examples: readonly Example[]): { train: Example[]; test: Example[] } {
  return splitRandomly(examples, TEST_SHARE, xoroshiro128plus(SPLIT_SEED));
}

/** Least squares by QR on standardised features; the scaling is folded back, so that clients send raw values. */
export function fitLeastSquares(examples: readonly Example[]): LinearModel {
  const x = new Matrix(examples.map((example) => [...example.x]));
  const means = x.mean('column');
  const deviations = x.standardDeviation('column');
  const scaled = x.clone().center('column').scale('column', { scale: deviations });
  const design = scaled.addColumn(0, new Array(x.rows).fill(1));
  const target = Matrix.columnVector(examples.map((example) => example.y));
  const [intercept = 0, ...slopes] = new QrDecomposition(design).solve(target).to1DArray();
  const weights = slopes.map((slope, i) => slope / (deviations[i] ?? 1));
  const offset = weights.reduce((sum, weight, i) => sum + weight * (means[i] ?? 0), 0);
  return { intercept: Math.fround(intercept - offset), weights: weights.map(Math.fround) };
}

/** Root mean squared error in miles per gallon, and the coefficient of determination. */
export function evaluate({ intercept, weights }: LinearModel, examples: readonly Example[]) {
  const mean = examples.reduce((sum, { y }) => sum + y, 0) / examples.length;
  let residual = 0;
  let total = 0;
  for (const { x, y } of examples) {
    const predicted = weights.reduce((sum, weight, i) => sum + weight * (x[i] ?? 0), intercept);
    residual += (y - predicted) ** 2;
    total += (y - mean) ** 2;
  }
  const rounded = (value: number) => Number(value.toFixed(4));
  return {
    rows: examples.length,
    rmse: rounded(Math.sqrt(residual / examples.length)),
    r2: rounded(1 - residual / total),
  };
}

function toOnnx({ intercept, weights }: LinearModel): Uint8Array {
  return encodeOnnx({
    name: 'auto-mpg',
    nodes: [{ op: 'Gemm', inputs: ['X', 'W', 'B'], outputs: ['Y'] }],
    constants: [
      { name: 'W', shape: [weights.length, 1], data: Float32Array.from(weights) },
      { name: 'B', shape: [1], data: Float32Array.of(intercept) },
    ],
    inputs: [{ name: 'X', shape: ['rows', weights.length] }],
    outputs: [{ name: 'Y', shape: ['rows', 1] }],
  });
}

function describeModel(model: LinearModel, examples: readonly Example[]): ModelCard {
  const { train, test } = splitExamples(examples);
  const features = FEATURES.map((feature, i) => {
    const values = examples.map(({ x }) => x[i] ?? 0);
    return { ...feature, min: Math.min(...values), max: Math.max(...values) };
  });
  return {
    name: 'auto-mpg',
    version: '1',
    platform: 'onnx_onnxv1',
    default: true,
    task: 'regression',
    description:
      'Fuel economy of a car of 1970 to 1982, by multivariate linear regression. Origin USA is both flags 0.',
    inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, FEATURES.length], features }],
    outputs: [{ name: 'Y', datatype: 'FP32', shape: [-1, 1], unit: 'miles per US gallon' }],
    primaryOutput: 'Y',
    coefficients: model,
    metrics: { train: evaluate(model, train), test: evaluate(model, test), unit: 'miles per US gallon' },
    training: { script: 'models/auto-mpg/train.ts', method: 'least squares by QR', splitSeed: SPLIT_SEED },
    source: {
      data: 'Auto MPG, file cars.json of the npm package vega-datasets; cars of 1981 stand under 1982 there',
      origin: 'StatLib Datasets Archive, http://lib.stat.cmu.edu/datasets/cars.desc',
      licence: 'The original was distributed in 1982 for educational and scientific purposes.',
    },
  };
}

/** Writes the three files of the model's folder. */
export async function train(folder: string): Promise<void> {
  const examples = loadExamples();
  const model = fitLeastSquares(splitExamples(examples).train);
  const card = describeModel(model, examples);
  await writeTrainedModel(folder, { card, onnx: toOnnx(model), golden: { rows: GOLDEN_ROWS, seed: GOLDEN_SEED } });
}

if (import.meta.main) await train(process.argv[2] ?? import.meta.dirname);
