/**
 * The test models, two more and a trained one baked into one module, once for all tests that ask: a bake takes half a
 * minute, and the cache of the build keeps what it makes.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { lock } from 'proper-lockfile';
import * as v from 'valibot';
import type { ModelFolder } from '../../models/build/artefact.ts';
import type { Baked } from '../../models/build/bake/bake.ts';
import { bakeModels } from '../../models/build/bake/bake-models.ts';
import { generateInputs } from '../../models/build/generate-inputs.ts';
import { fromJsonTensor, Golden, printGolden, toJsonTensor } from '../../models/build/golden.ts';
import { selectModels } from '../../models/build/options.ts';
import { ROOT } from '../../models/build/workers.ts';
import { createTensor, type Tensor } from '../../shared/tensor.ts';
import { card, encode, TEST_MODELS, type TestModel } from './test-models.ts';

const TABLE = [-1, -1];

/** The matrix product: inputs whose inner sizes differ are refused by onnxruntime, not by the card. */
const PRODUCT: TestModel = {
  card: card(
    'product',
    [
      { name: 'A', datatype: 'FP32', shape: TABLE },
      { name: 'B', datatype: 'FP32', shape: TABLE },
    ],
    [{ name: 'C', datatype: 'FP32', shape: TABLE }],
  ),
  nodes: [{ opType: 'MatMul', input: ['A', 'B'], output: ['C'] }],
};

/** Where a table is true: the output's size is known only once it has run. */
const PLACES: TestModel = {
  card: card(
    'places',
    [{ name: 'X', datatype: 'BOOL', shape: TABLE }],
    [{ name: 'at', datatype: 'INT64', shape: [2, -1] }],
  ),
  nodes: [{ opType: 'NonZero', input: ['X'], output: ['at'] }],
};

/** Another shape for a table: one that does not hold its elements is refused by a C++ exception inside the kernel. */
const RESHAPED: TestModel = {
  card: card(
    'reshaped',
    [
      { name: 'X', datatype: 'FP32', shape: TABLE },
      { name: 'shape', datatype: 'INT64', shape: [2] },
    ],
    [{ name: 'Y', datatype: 'FP32', shape: TABLE }],
  ),
  nodes: [{ opType: 'Reshape', input: ['X', 'shape'], output: ['Y'] }],
};

const MADE = [...TEST_MODELS, PRODUCT, PLACES, RESHAPED];

/** Sizes of products that the bake is shown: rows, inner size, columns. */
const PRODUCTS = [
  [1, 1, 1],
  [2, 3, 4],
  [17, 40, 33],
  [64, 128, 96],
] as const;

/** Inputs of `product`, drawn from no seed: element i is i mod 7 - 3. */
export function productInputs([rows, inner, columns]: readonly [number, number, number]): Tensor[] {
  const matrix = (name: string, shape: readonly [number, number]) => {
    const data = Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => (i % 7) - 3);
    return createTensor(name, 'FP32', shape, data);
  };
  return [matrix('A', [rows, inner]), matrix('B', [inner, columns])];
}

/** A table of 2 rows and 3 columns, to be made one of `rows` and `columns`. */
export function reshapedInputs(rows: bigint, columns: bigint): Tensor[] {
  const X = createTensor('X', 'FP32', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
  return [X, createTensor('shape', 'INT64', [2], BigInt64Array.of(rows, columns))];
}

const FOLDER = join(ROOT, 'dist/test-baked');

/** The models in the module: those made here, and the default model. */
export function bakedFolders(): ModelFolder[] {
  return [...MADE.map(writeModel), ...selectModels(['auto-mpg'])];
}

function writeModel(model: TestModel): ModelFolder {
  const folder = join(FOLDER, model.card.name);
  const onnx = join(folder, 'model.onnx');
  const samples = samplesOf(model);
  const cases = samples.map((inputs) => ({ inputs: inputs.map(toJsonTensor), outputs: [] }));
  mkdirSync(folder, { recursive: true });
  writeFileSync(onnx, encode(model));
  writeFileSync(join(folder, 'golden.json'), printGolden({ seed: 1, cases }));
  return { card: model.card, onnx };
}

function samplesOf(model: TestModel): Tensor[][] {
  if (model === PRODUCT) return PRODUCTS.map(productInputs);
  if (model === RESHAPED) return [reshapedInputs(3n, 2n), reshapedInputs(4n, 4n)];
  return [generateInputs(model.card, 2, 1)];
}

/** The module that holds them. The first caller waits for the bake, and every other for the first. */
export async function bakedModels(): Promise<Baked> {
  mkdirSync(FOLDER, { recursive: true });
  const release = await lock(FOLDER, { retries: { forever: true, minTimeout: 100, maxTimeout: 500 } });
  try {
    return await bakeModels(bakedFolders(), () => undefined);
  } finally {
    await release();
  }
}

/** The models with the bytes of their files and their samples, and the module that holds them, in the same order. */
export async function bakedSubjects() {
  const baked = await bakedModels();
  const models = bakedFolders().map(({ card, onnx }, index) => {
    const { cases } = v.parse(Golden, JSON.parse(readFileSync(join(dirname(onnx), 'golden.json'), 'utf8')));
    const samples = cases.map(({ inputs }) => inputs.map(fromJsonTensor));
    return { card, onnx: new Uint8Array(readFileSync(onnx)), samples, handle: baked.handles[index] ?? 0 };
  });
  return { baked, models };
}
