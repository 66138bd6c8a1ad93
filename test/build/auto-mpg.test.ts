/** The committed model is what its script makes, and what it makes is the least-squares solution. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate, fitLeastSquares, loadExamples, splitExamples, train } from '../../models/auto-mpg/train.ts';
import { ROOT } from '../../models/build/workers.ts';
import { CARD, GOLDEN } from '../support/rows.ts';

const FOLDER = join(ROOT, 'models/auto-mpg');
let made: string;
beforeAll(async () => {
  made = mkdtempSync(join(tmpdir(), 'tandem-train-'));
  await train(made);
});
afterAll(() => rmSync(made, { recursive: true }));

it.each(['model.onnx', 'card.json', 'golden.json'])('training again gives the same %s', (file) => {
  expect(readFileSync(join(made, file)).equals(readFileSync(join(FOLDER, file)))).toBe(true);
});

it('uses the 392 complete rows, each once', () => {
  const examples = loadExamples();
  const { train: training, test } = splitExamples(examples);
  expect([examples.length, training.length, test.length]).toEqual([392, 314, 78]);
  expect(new Set([...training, ...test]).size).toBe(392);
});

/** Solves A x = b by Gaussian elimination with partial pivoting: independent of the QR that the script uses. */
function solve(a: readonly (readonly number[])[], b: readonly number[]): number[] {
  const rows = a.map((row, i) => [...row, b[i] ?? 0]);
  for (let k = 0; k < rows.length; k++) {
    const pivot = rows.slice(k).reduce((best, row) => (Math.abs(row[k] ?? 0) > Math.abs(best[k] ?? 0) ? row : best));
    rows.splice(rows.indexOf(pivot), 1);
    rows.splice(k, 0, pivot);
    for (const row of rows) {
      if (row === pivot) continue;
      const factor = (row[k] ?? 0) / (pivot[k] ?? 1);
      for (let j = k; j < row.length; j++) row[j] = (row[j] ?? 0) - factor * (pivot[j] ?? 0);
    }
  }
  return rows.map((row, k) => (row.at(-1) ?? 0) / (row[k] ?? 1));
}

describe('the fit', () => {
  const { train: training, test } = splitExamples(loadExamples());
  const { intercept, weights } = fitLeastSquares(training);

  it('solves the normal equations, by an independent computation', () => {
    const design = training.map(({ x }) => [1, ...x]);
    const dot = (i: number, f: (row: number) => number) =>
      design.reduce((sum, row, r) => sum + (row[i] ?? 0) * f(r), 0);
    const indices = [...Array(9).keys()];
    const gram = indices.map((i) => indices.map((j) => dot(i, (r) => design[r]?.[j] ?? 0)));
    const moments = indices.map((i) => dot(i, (r) => training[r]?.y ?? 0));
    for (const [i, coefficient] of solve(gram, moments).entries()) {
      const got = [intercept, ...weights][i] ?? Number.NaN;
      expect(Math.abs(got - coefficient)).toBeLessThan(1e-6 * Math.max(1, Math.abs(coefficient)));
    }
  });

  it('has the errors that the card states', () => {
    const model = { intercept, weights };
    const unit = 'miles per US gallon';
    expect(CARD.metrics).toEqual({ train: evaluate(model, training), test: evaluate(model, test), unit });
  });

  it('stands in the ONNX file with input X [rows, 8] and output Y [rows, 1]', () => {
    const { graph } = fromBinary(ModelProtoSchema, readFileSync(join(FOLDER, 'model.onnx')));
    const constants = graph?.initializer.map(({ rawData }) => [...new Float32Array(Uint8Array.from(rawData).buffer)]);
    expect(constants).toEqual([weights, [intercept]]);
    const value = graph?.input[0]?.type?.value;
    const dimensions = value?.case === 'tensorType' ? value.value.shape?.dim.map(({ value }) => value.value) : [];
    expect([graph?.input[0]?.name, dimensions]).toEqual(['X', ['rows', 8n]]);
    expect(graph?.output[0]?.name).toBe('Y');
  });

  it('gives the golden outputs by hand', () => {
    for (const [row, inputs] of GOLDEN.inputs.entries()) {
      const byHand = weights.reduce((sum, weight, i) => sum + weight * (inputs[i] ?? 0), intercept);
      expect(Math.abs(byHand - (GOLDEN.outputs[row] ?? Number.NaN))).toBeLessThan(1e-4);
    }
  });
});

it('generates golden inputs within the range of each feature, none of them a row of the data', () => {
  const features = CARD.inputs[0]?.features ?? [];
  for (const row of GOLDEN.inputs) {
    expect(
      row.every((value, i) => value >= (features[i]?.min ?? 0) && value <= Math.fround(features[i]?.max ?? 0)),
    ).toBe(true);
  }
  const data = new Set(loadExamples().map(({ x }) => x.map(Math.fround).join()));
  expect(GOLDEN.inputs.filter((row) => data.has(row.join()))).toEqual([]);
});
