/**
 * The test models, two more and a trained one baked into one module, once for all tests that ask: a bake takes half a
 * minute, and the cache of the build keeps what it makes.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AttributeProto_AttributeType, TensorProto_DataType } from 'onnx-buf';
import { lock } from 'proper-lockfile';
import * as v from 'valibot';
import type { Baked } from '../../models/build/bake/bake.ts';
import { bakeModels } from '../../models/build/bake/bake-models.ts';
import { EXAMPLES_FILE, printExamples } from '../../models/build/examples.ts';
import { generateInputs } from '../../models/build/generate-inputs.ts';
import { fromJsonTensor, Golden, printGolden, toJsonTensor } from '../../models/build/golden.ts';
import type { ModelFolder } from '../../models/build/model-folder.ts';
import { selectModels } from '../../models/build/options.ts';
import { ROOT, workerLimits } from '../../models/build/workers.ts';
import { createTensor, type Tensor } from '../../shared/tensor.ts';
import { card, encode, SINGLE_MODELS, type TestModel } from './test-models.ts';

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
      { name: 'X', datatype: 'FP32', shape: [2, 3] },
      { name: 'shape', datatype: 'INT64', shape: [2] },
    ],
    [{ name: 'Y', datatype: 'FP32', shape: TABLE }],
  ),
  nodes: [{ opType: 'Reshape', input: ['X', 'shape'], output: ['Y'] }],
};

/** The value for which `rare` takes the other branch; no calibration draws it. */
export const RARE_VALUE = 12_345.5;

/** A branch for one value only, with a kernel that nothing else has: the softmax of a row that holds it. */
const RARE: TestModel = {
  card: card(
    'rare',
    [{ name: 'X', datatype: 'FP32', shape: [-1, 4] }],
    [{ name: 'Y', datatype: 'FP32', shape: [-1, 4] }],
  ),
  constants: [{ name: 'value', dataType: TensorProto_DataType.FLOAT, floatData: [RARE_VALUE] }],
  nodes: [
    {
      opType: 'ReduceMax',
      input: ['X'],
      output: ['most'],
      attribute: [{ name: 'keepdims', i: 0n, type: AttributeProto_AttributeType.INT }],
    },
    { opType: 'Equal', input: ['most', 'value'], output: ['is'] },
    {
      opType: 'If',
      input: ['is'],
      output: ['Y'],
      attribute: [branch('then_branch', 'Softmax'), branch('else_branch', 'Identity')],
    },
  ],
};

function branch(name: string, opType: string) {
  const output = [
    {
      name: `${name}_y`,
      type: { value: { case: 'tensorType' as const, value: { elemType: TensorProto_DataType.FLOAT } } },
    },
  ];
  const g = { name, node: [{ opType, input: ['X'], output: [`${name}_y`] }], output };
  return { name, g, type: AttributeProto_AttributeType.GRAPH };
}

const MADE = [...SINGLE_MODELS, PRODUCT, PLACES, RESHAPED, RARE];

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

/** Seconds of calibration: some of these models take tables of millions of elements, and would use up all that there is. */
const CALIBRATION_SECONDS = 30;

function writeModel(model: TestModel): ModelFolder {
  const folder = join(FOLDER, model.card.name);
  const onnx = join(folder, 'model.onnx');
  const samples = samplesOf(model);
  const cases = samples.map((inputs) => ({ inputs: inputs.map(toJsonTensor), outputs: [] }));
  mkdirSync(folder, { recursive: true });
  write(onnx, encode(model));
  write(join(folder, 'golden.json'), printGolden({ seed: 1, cases }));
  if (isParticular(model)) write(join(folder, EXAMPLES_FILE), printExamples(samples));
  return { card: { ...model.card, calibrationSeconds: CALIBRATION_SECONDS }, onnx };
}

/** Writes a file unless it is there as it should be: other tests read it meanwhile. */
function write(file: string, content: string | Uint8Array): void {
  if (existsSync(file) && readFileSync(file).equals(Buffer.from(content))) return;
  const half = `${file}.${process.pid}`;
  writeFileSync(half, content);
  renameSync(half, file);
}

/** Whether inputs drawn at random do not run. */
function isParticular(model: TestModel): boolean {
  return model === PRODUCT || model === RESHAPED;
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
    return await bakeModels({ folders: bakedFolders(), runtime: 'baked', log: () => undefined });
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
    const model = {
      card,
      onnx: new Uint8Array(readFileSync(onnx)),
      samples,
      isParticular: existsSync(join(dirname(onnx), EXAMPLES_FILE)),
      limits: workerLimits(),
    };
    return { ...model, handle: baked.handles[index] ?? 0 };
  });
  return { baked, models };
}
