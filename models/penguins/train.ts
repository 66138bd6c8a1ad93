/**
 * Trains `penguins`: the species of 342 penguins of the Palmer Archipelago from four measurements, by a random forest.
 * `node models/penguins/train.ts [FOLDER]` writes model.onnx, card.json and golden.json, the same bytes each time.
 */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import * as v from 'valibot';
import type { ModelCard } from '../../shared/model-card.ts';
import { encodeOnnx } from '../build/onnx-file.ts';
import { splitRandomly } from '../build/shuffle.ts';
import { readPackageData, writeTrainedModel } from '../build/trained-model.ts';
import { type Example, growForest, indexOfMax, predict, type Tree, toTrees } from './forest.ts';
import { treeEnsembleNode } from './tree-ensemble.ts';

const SPLIT_SEED = 344;
const GOLDEN = { seed: 2007, rows: 64 };
const TEST_SHARE = 0.2;

/** Chosen by the out-of-bag error of the training part. */
const FOREST = { trees: 64, featuresPerTree: 3, leafRows: 6, seed: 7 };

/** Classes in the order of the model's probabilities. */
export const SPECIES = ['Adelie', 'Chinstrap', 'Gentoo'] as const;

/** The model's features in the order of its input, and their names in the data. */
const FEATURES = [
  { name: 'beak_length', unit: 'millimetres', step: 0.1, column: 'Beak Length (mm)' },
  { name: 'beak_depth', unit: 'millimetres', step: 0.1, column: 'Beak Depth (mm)' },
  { name: 'flipper_length', unit: 'millimetres', step: 1, column: 'Flipper Length (mm)' },
  { name: 'body_mass', unit: 'grams', step: 25, column: 'Body Mass (g)' },
] as const;

const Measurement = v.nullable(v.number());
const Penguin = v.object({
  Species: v.picklist(SPECIES),
  'Beak Length (mm)': Measurement,
  'Beak Depth (mm)': Measurement,
  'Flipper Length (mm)': Measurement,
  'Body Mass (g)': Measurement,
});

/** All 344 penguins in the file's order, measurements rounded to FP32; two of them have none. */
export function loadExamples(): Example[] {
  const penguins = v.parse(v.array(Penguin), readPackageData('vega-datasets', '../data/penguins.json'));
  return penguins.map((penguin) => ({
    x: FEATURES.map(({ column }) => Math.fround(penguin[column] ?? Number.NaN)),
    y: SPECIES.indexOf(penguin.Species),
  }));
}

/** The measured penguins in a seeded random order, cut into a training and a test part. */
export function splitExamples(examples: readonly Example[]): { train: Example[]; test: Example[] } {
  const measured = examples.filter(({ x }) => !x.some(Number.isNaN));
  return splitRandomly(measured, TEST_SHARE, xoroshiro128plus(SPLIT_SEED));
}

/** The library's forest, grown on the training part. */
export function growOn(train: readonly Example[]) {
  return growForest(train, FOREST);
}

/** The share of `examples` whose species most trees vote for. */
export function evaluate(trees: readonly Tree[], examples: readonly Example[]) {
  const right = examples.filter(({ x, y }) => indexOfMax(predict(trees, x, SPECIES.length)) === y).length;
  return { rows: examples.length, accuracy: Number((right / examples.length).toFixed(4)) };
}

/** The same with each feature missing in turn from all examples. */
function evaluateWithout(trees: readonly Tree[], examples: readonly Example[]): Record<string, number> {
  const without = (feature: number) =>
    examples.map(({ x, y }) => ({ x: x.map((value, i) => (i === feature ? Number.NaN : value)), y }));
  return Object.fromEntries(FEATURES.map(({ name }, i) => [name, evaluate(trees, without(i)).accuracy]));
}

function toOnnx(trees: readonly Tree[]): Uint8Array {
  return encodeOnnx({
    name: 'penguins',
    nodes: [treeEnsembleNode(trees, SPECIES)],
    constants: [],
    inputs: [{ name: 'X', shape: ['rows', FEATURES.length] }],
    outputs: [
      { name: 'label', datatype: 'BYTES', shape: ['rows'] },
      { name: 'probabilities', shape: ['rows', SPECIES.length] },
    ],
  });
}

function describeModel(trees: readonly Tree[], examples: readonly Example[]): ModelCard {
  const { train, test } = splitExamples(examples);
  const features = FEATURES.map(({ column: _, ...feature }, i) => {
    const values = [...train, ...test].map(({ x }) => Number((x[i] ?? 0).toFixed(1)));
    return { ...feature, min: Math.min(...values), max: Math.max(...values) };
  });
  return {
    name: 'penguins',
    version: '1',
    platform: 'onnx_onnxv1',
    task: 'classification',
    description:
      'Species of a penguin of the Palmer Archipelago, by a random forest. A missing measurement takes, at each branch, ' +
      'the way of more training examples.',
    inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, FEATURES.length], features, missing: 'nan' }],
    outputs: [
      { name: 'label', datatype: 'BYTES', shape: [-1], classes: SPECIES },
      {
        name: 'probabilities',
        datatype: 'FP32',
        shape: [-1, SPECIES.length],
        classes: SPECIES,
        unit: 'share of votes',
      },
    ],
    primaryOutput: 'label',
    metrics: {
      train: evaluate(trees, train),
      test: { ...evaluate(trees, test), accuracyWithout: evaluateWithout(trees, test) },
      unit: 'share of right answers',
    },
    training: {
      script: 'models/penguins/train.ts',
      method: 'random forest, each tree on a bootstrap sample and three features, hard votes',
      ...FOREST,
      splitSeed: SPLIT_SEED,
    },
    source: {
      data: 'Palmer Archipelago penguins, file penguins.json of the npm package vega-datasets; two without measurements left out',
      origin: 'Kristen Gorman and the Palmer Station Antarctica LTER, https://github.com/allisonhorst/palmerpenguins',
      licence: 'CC0 1.0 Universal',
    },
  };
}

/** Writes the three files of the model's folder. */
export async function train(folder: string): Promise<void> {
  const examples = loadExamples();
  const { train } = splitExamples(examples);
  const trees = toTrees(growOn(train), train);
  await writeTrainedModel(folder, { card: describeModel(trees, examples), onnx: toOnnx(trees), golden: GOLDEN });
}

if (import.meta.main) await train(process.argv[2] ?? import.meta.dirname);
