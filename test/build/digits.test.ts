/** The committed model is what its script makes, and onnxruntime computes the network that TensorFlow.js trained. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import {
  add,
  conv2d,
  grads,
  matMul,
  ones,
  type Rank,
  relu,
  reshape,
  softmax,
  type Tensor,
  type Tensor4D,
  tensor1d,
  tensor2d,
  tensor4d,
} from '@tensorflow/tfjs-core';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RUNTIME_WASM } from '../../models/build/artefact.ts';
import { ROOT } from '../../models/build/workers.ts';
import { ConvolutionLayer, Pass } from '../../models/digits/convolution.ts';
import { type Example, loadExamples, moveRandomly, splitExamples } from '../../models/digits/images.ts';
import { type Network, trainNetwork } from '../../models/digits/network.ts';
import { writeDigits } from '../../models/digits/train.ts';
import { createStockRuntime } from '../../shared/inference/stock-runtime.ts';
import { ModelCard } from '../../shared/model-card.ts';

const FOLDER = join(ROOT, 'models/digits');
const CARD = v.parse(ModelCard, JSON.parse(readFileSync(join(FOLDER, 'card.json'), 'utf8')));
const EXAMPLES = loadExamples();
const PARTS = splitExamples(EXAMPLES);

/** Training takes about a minute alone; this bound only ends what hangs on a busy machine. */
const TRAINING_TIMEOUT_MS = 900_000;

let made: string;
let network: Network;
beforeAll(async () => {
  made = mkdtempSync(join(tmpdir(), 'tandem-train-'));
  network = await trainNetwork(PARTS.train, () => undefined);
  await writeDigits(made, network);
}, TRAINING_TIMEOUT_MS);
afterAll(() => rmSync(made, { recursive: true }));

/** The committed ONNX model's digits and probabilities, by onnxruntime. */
async function infer(examples: readonly Example[]) {
  const runtime = createStockRuntime(new WebAssembly.Module(readFileSync(RUNTIME_WASM)));
  const session = await runtime.createSession(readFileSync(join(FOLDER, 'model.onnx')));
  const data = Float32Array.from(examples.flatMap(({ pixels }) => [...pixels]));
  const image = { name: 'image', datatype: 'FP32', shape: [examples.length, 1, 28, 28], data } as const;
  const [digits, probabilities] = await session.run([image], ['digit', 'probabilities']);
  const flat = Array.from(probabilities?.data ?? [], Number);
  return {
    digits: Array.from(digits?.data ?? [], Number),
    probabilities: examples.map((_, i) => flat.slice(i * 10, (i + 1) * 10)),
  };
}

it.each(['model.onnx', 'card.json', 'golden.json'])('training again gives the same %s', (file) => {
  expect(readFileSync(join(made, file)).equals(readFileSync(join(FOLDER, file)))).toBe(true);
});

it('uses the 10,000 images, each once, and none of the test part is in the training part', () => {
  const { train, test } = PARTS;
  expect([EXAMPLES.length, train.length, test.length]).toEqual([10_000, 8000, 2000]);
  expect(new Set([...train, ...test]).size).toBe(10_000);
  const seen = new Set(train.map(({ pixels }) => pixels.join()));
  expect(test.filter(({ pixels }) => seen.has(pixels.join()))).toEqual([]);
});

describe('the ONNX model', () => {
  it('reads at least 97% of the held-out digits, as many as the card states', async () => {
    const { digits } = await infer(PARTS.test);
    const accuracy = PARTS.test.filter(({ digit }, i) => digits[i] === digit).length / PARTS.test.length;
    expect(accuracy).toBeGreaterThanOrEqual(0.97);
    expect(CARD.metrics).toMatchObject({ test: { rows: 2000, accuracy: Number(accuracy.toFixed(4)) } });
  });

  it('gives what TensorFlow.js computes from the trained weights, by its own convolutions too', async () => {
    const examples = PARTS.test.slice(0, 200);
    const { digits, probabilities } = await infer(examples);
    expect(maxDifference(probabilities.flat(), network.predict(examples).flat())).toBeLessThan(1e-5);
    expect(maxDifference(probabilities.flat(), computeDirectly(examples))).toBeLessThan(1e-5);
    expect(digits).toEqual(probabilities.map((row) => row.indexOf(Math.max(...row))));
  });
});

/** The probabilities by nothing but functions of TensorFlow.js. */
function computeDirectly(examples: readonly Example[]): ArrayLike<number> {
  const [w1 = [], b1 = [], w2 = [], b2 = [], w3 = [], b3 = []] = network.weights;
  const images = tensor4d(
    examples.flatMap(({ pixels }) => [...pixels]),
    [examples.length, 28, 28, 1],
  );
  const first = relu(add<Tensor4D>(conv2d(images, tensor4d(w1, [5, 5, 1, 12]), 2, 'valid'), b1));
  const second = relu(add(conv2d(first, tensor4d(w2, [4, 4, 12, 24]), 2, 'valid'), b2));
  const flat = reshape(second, [examples.length, 600]);
  return softmax(add(matMul(flat, tensor2d(w3, [600, 10])), b3)).dataSync();
}

describe('the convolution layer', () => {
  const convolution = { size: 9, channels: 3, kernel: 4, stride: 2, filters: 5 };
  const random = xoroshiro128plus(1);
  const draw = (elements: number) => Float32Array.from({ length: elements }, () => uniformFloat64(random) * 2 - 1);
  const [images, kernel, bias] = [
    tensor4d(draw(486), [2, 9, 9, 3]),
    tensor4d(draw(240), [4, 4, 3, 5]),
    tensor1d(draw(5)),
  ];
  const direct = (x: Tensor, w: Tensor) =>
    conv2d(reshape<Rank.R4>(x, [2, 9, 9, 3]), reshape<Rank.R4>(w, [4, 4, 3, 5]), 2, 'valid');

  it("has the values of TensorFlow.js's own convolution", () => {
    const layer = new ConvolutionLayer(convolution, { seed: 1, first: true });
    layer.setWeights([kernel, bias]);
    const [got, expected] = [layer.call(images), relu(add(direct(images, kernel), bias))];
    expect(got.shape).toEqual(expected.shape);
    expect(maxDifference(numbersOf(got), numbersOf(expected))).toBeLessThan(1e-5);
  });

  it("has the gradients of TensorFlow.js's own convolution", () => {
    const pass = new Pass(convolution, images.dataSync(), kernel.dataSync());
    const [dx, dw] = grads(direct)([images, kernel], ones([2, 3, 3, 5]));
    const gradient = new Float32Array(90).fill(1);
    expect(maxDifference(pass.imageGradient(gradient), numbersOf(dx))).toBeLessThan(1e-5);
    expect(maxDifference(pass.kernelGradient(gradient), numbersOf(dw))).toBeLessThan(1e-5);
  });
});

it('moves an image as a whole, background coming in at the edge', () => {
  const pixels = new Float32Array(784);
  pixels.set([1], 5 * 28 + 7);
  pixels.set([0.5], 27 * 28 + 27);
  const places = new Set<string>();
  const random = xoroshiro128plus(1);
  for (let i = 0; i < 100; i++) {
    const moved = moveRandomly({ pixels, digit: 3 }, 1, random);
    expect(moved.digit).toBe(3);
    const at = moved.pixels.indexOf(1);
    places.add(`${Math.floor(at / 28)},${at % 28}`);
    const kept = at <= 5 * 28 + 7 && at % 28 <= 7;
    expect(moved.pixels.reduce((sum, pixel) => sum + pixel)).toBe(kept ? 1.5 : 1);
  }
  expect([...places].sort()).toEqual(['4,6', '4,7', '4,8', '5,6', '5,7', '5,8', '6,6', '6,7', '6,8']);
});

function numbersOf(tensor: Tensor | undefined): ArrayLike<number> {
  return tensor?.dataSync() ?? [];
}

/** NaN when the lengths differ. */
function maxDifference(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) return Number.NaN;
  return Math.max(...Array.from(got, (value, i) => Math.abs(value - (expected[i] ?? Number.NaN))));
}
