/** The committed model is what its script makes, and answers as the library's own trees do, missing measurements included. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RUNTIME_WASM } from '../../models/build/artefact.ts';
import { generateInputs } from '../../models/build/generate-inputs.ts';
import { ROOT } from '../../models/build/workers.ts';
import { type Example, readForest, type Tree, toTrees } from '../../models/penguins/forest.ts';
import { evaluate, growOn, loadExamples, SPECIES, splitExamples, train } from '../../models/penguins/train.ts';
import type { Session } from '../../shared/inference/runtime.ts';
import { createStockRuntime } from '../../shared/inference/stock-runtime.ts';
import { ModelCard } from '../../shared/model-card.ts';

const FOLDER = join(ROOT, 'models/penguins');
const FILES = ['model.onnx', 'card.json', 'golden.json'];
const CARD = v.parse(ModelCard, JSON.parse(readFileSync(join(FOLDER, 'card.json'), 'utf8')));
const EXAMPLES = loadExamples();
const PARTS = splitExamples(EXAMPLES);
const FOREST = growOn(PARTS.train);
const LIBRARY = readForest(FOREST);

let made: string;
let session: Session;
beforeAll(async () => {
  made = mkdtempSync(join(tmpdir(), 'tandem-train-'));
  await train(made);
  const runtime = createStockRuntime(new WebAssembly.Module(readFileSync(RUNTIME_WASM)));
  session = await runtime.createSession(readFileSync(join(FOLDER, 'model.onnx')));
});
afterAll(() => rmSync(made, { recursive: true }));

/** The ONNX model's labels and shares of votes, by onnxruntime. */
async function infer(rows: readonly (readonly number[])[]) {
  const data = Float32Array.from(rows.flat());
  const input = { name: 'X', datatype: 'FP32', shape: [rows.length, 4], data } as const;
  const [label, probabilities] = await session.run([input], ['label', 'probabilities']);
  const shares = Array.from(probabilities?.data ?? [], Number);
  return { labels: [...(label?.data ?? [])], shares: rows.map((_, i) => shares.slice(3 * i, 3 * i + 3)) };
}

/** Shares of the votes for each species. */
function count(votes: readonly number[]): number[] {
  return SPECIES.map((_, species) => votes.filter((vote) => vote === species).length / votes.length);
}

it.each(FILES)('training again gives the same %s', (file) => {
  expect(readFileSync(join(made, file)).equals(readFileSync(join(FOLDER, file)))).toBe(true);
});

it('uses the 342 measured penguins, each once', () => {
  const { train: training, test } = PARTS;
  expect([EXAMPLES.length, training.length, test.length]).toEqual([344, 274, 68]);
  expect(new Set([...training, ...test]).size).toBe(342);
});

describe('the ONNX model', () => {
  it('knows the species of the held-out penguins, as often as the card states', async () => {
    const { labels } = await infer(PARTS.test.map(({ x }) => x));
    const right = PARTS.test.filter(({ y }, i) => labels[i] === SPECIES[y]).length;
    expect(right / PARTS.test.length).toBeGreaterThanOrEqual(0.95);
    const { accuracy } = evaluate(toTrees(FOREST, PARTS.train), PARTS.test);
    expect(accuracy).toBe(Number((right / PARTS.test.length).toFixed(4)));
    expect(CARD.metrics).toMatchObject({ test: { rows: 68, accuracy } });
  });

  it("gives the votes of the library's trees, bit for bit, where nothing is missing", async () => {
    const [input] = generateInputs({ ...CARD, inputs: CARD.inputs.map(({ missing: _, ...spec }) => spec) }, 5000, 1);
    const numbers = Array.from(input?.data ?? [], Number);
    const generated = Array.from({ length: 5000 }, (_, i) => numbers.slice(4 * i, 4 * i + 4));
    // Every threshold's neighbourhood: the measured values themselves, and the FP32 numbers next to each threshold.
    const rows = [
      ...generated,
      ...PARTS.train.map(({ x }) => [...x]),
      ...besideThresholds(toTrees(FOREST, PARTS.train)),
    ];
    const votes = FOREST.predictionValues(rows);
    const expected = rows.map((_, i) => count(votes.getRow(i)));
    const { labels, shares } = await infer(rows);
    expect(shares).toEqual(expected);
    expect(labels).toEqual(expected.map((share) => SPECIES[share.indexOf(Math.max(...share))]));
  });

  it('follows the greater part of the training data where a measurement is missing', async () => {
    const [input] = generateInputs(CARD, 300, 2);
    const numbers = Array.from(input?.data ?? [], Number);
    const rows = Array.from({ length: 300 }, (_, i) => numbers.slice(4 * i, 4 * i + 4));
    rows.push([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
    expect(rows.filter((row) => row.some(Number.isNaN)).length).toBeGreaterThan(50);
    const { shares } = await infer(rows);
    expect(shares).toEqual(rows.map((row) => count(walkLibrary(row))));
  });

  it('answers the two penguins without any measurement', async () => {
    const unmeasured = EXAMPLES.filter(({ x }) => x.every(Number.isNaN));
    const { labels } = await infer(unmeasured.map(({ x }) => x));
    expect(labels).toHaveLength(2);
    expect(new Set(labels).size).toBe(1);
  });
});

/** Votes of the library's own nodes: independent of the script's trees. */
function walkLibrary(row: readonly number[]): number[] {
  return LIBRARY.estimators.map(({ root }, tree) => {
    const features = LIBRARY.indexes[tree] ?? [];
    let node = root;
    let here: readonly Example[] = PARTS.train;
    while ('left' in node) {
      const { splitColumn, splitValue } = node;
      const isLess = (x: readonly number[]) => (x[features[splitColumn] ?? -1] ?? Number.NaN) < splitValue;
      const [less, rest] = [here.filter(({ x }) => isLess(x)), here.filter(({ x }) => !isLess(x))];
      const isMissing = Number.isNaN(row[features[splitColumn] ?? -1]);
      const goesLeft = isMissing ? less.length >= rest.length : isLess(row);
      here = goesLeft ? less : rest;
      node = goesLeft ? node.left : node.right;
    }
    const [distribution] = node.distribution;
    return distribution.indexOf(Math.max(...distribution));
  });
}

/** A measured row with one feature at, just below and just above each threshold of the forest. */
function besideThresholds(trees: readonly Tree[]): number[][] {
  const row = [...(PARTS.train[0]?.x ?? [])];
  const visit = (tree: Tree): number[][] => {
    if ('vote' in tree) return [];
    const bits = new Uint32Array(Float32Array.of(tree.threshold).buffer)[0] ?? 0;
    const values = [...new Float32Array(Uint32Array.of(bits - 1, bits, bits + 1).buffer)];
    return [...values.map((value) => row.with(tree.feature, value)), ...visit(tree.left), ...visit(tree.right)];
  };
  return trees.flatMap(visit);
}
