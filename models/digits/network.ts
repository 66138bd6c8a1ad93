/**
 * The network of `digits`: two strided convolutions and a dense layer, trained by Adam. All that is random is seeded, and
 * TensorFlow.js computes in plain JavaScript here, so training again gives the same weights.
 */
import '@tensorflow/tfjs-backend-cpu';
import { AdamOptimizer, enableProdMode, oneHot, type Tensor, tensor1d, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { initializers, layers, type Sequential, sequential } from '@tensorflow/tfjs-layers';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { shuffle } from '../build/shuffle.ts';
import { type Convolution, ConvolutionLayer, outputSize } from './convolution.ts';
import { DIGITS, type Example, moveRandomly, SIZE } from './images.ts';

// Without it, TensorFlow.js advertises its other backends on standard error.
enableProdMode();

/** Chosen on 1,500 images held out of the training part, never on the test part. */
export const TRAINING = { epochs: 9, batch: 32, learningRate: 0.006, movedBy: 1, seed: 5 } as const;

const FIRST: Convolution = { size: SIZE, channels: 1, kernel: 5, stride: 2, filters: 12 };
const SECOND: Convolution = { size: outputSize(FIRST), channels: FIRST.filters, kernel: 4, stride: 2, filters: 24 };
/** From the image to the dense layer. */
export const CONVOLUTIONS = [FIRST, SECOND] as const;

/** Images evaluated at a time. */
const EVALUATION_BATCH = 100;

/** A trained network. */
export interface Network {
  /** Weights and biases of the two convolutions and of the dense layer, in turn, as TensorFlow.js has them in memory. */
  readonly weights: readonly Float32Array[];
  /** Probabilities of the digits for each image. */
  predict(examples: readonly Example[]): number[][];
  /** The share of the images whose digit is the most probable one. */
  evaluate(examples: readonly Example[]): { rows: number; accuracy: number };
}

/** Adam with a learning rate that falls in a straight line to zero. */
class DecayingAdam extends AdamOptimizer {
  readonly #initial: number;

  constructor(learningRate: number) {
    super(learningRate, 0.9, 0.999);
    this.#initial = learningRate;
  }

  /** `progress` is 0 at the beginning of the training, 1 at its end. */
  decay(progress: number): void {
    this.learningRate = this.#initial * (1 - progress);
  }
}

/** Trains on `examples`; `log` gets a line for each epoch. */
export async function trainNetwork(examples: readonly Example[], log: (line: string) => void): Promise<Network> {
  const { epochs, batch, learningRate, movedBy, seed } = TRAINING;
  const optimizer = new DecayingAdam(learningRate);
  const model = createModel();
  model.compile({ optimizer, loss: 'categoricalCrossentropy' });
  const random = xoroshiro128plus(seed);
  const steps = Math.ceil(examples.length / batch);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = shuffle(examples, random);
    let loss = 0;
    for (let step = 0; step < steps; step++) {
      optimizer.decay((epoch + step / steps) / epochs);
      const drawn = order.slice(step * batch, (step + 1) * batch);
      const moved = drawn.map((example) => moveRandomly(example, movedBy, random));
      loss += await trainOn(model, moved);
    }
    log(`epoch ${epoch + 1} of ${epochs}: mean loss ${(loss / steps).toFixed(4)}`);
  }
  return toNetwork(model);
}

function createModel(): Sequential {
  return sequential({
    layers: [
      new ConvolutionLayer(FIRST, { seed: 1, first: true }),
      new ConvolutionLayer(SECOND, { seed: 2, first: false }),
      layers.flatten(),
      layers.dense({ units: DIGITS, activation: 'softmax', kernelInitializer: initializers.heNormal({ seed: 3 }) }),
    ],
  });
}

async function trainOn(model: Sequential, examples: readonly Example[]): Promise<number> {
  const x = toImages(examples);
  const digits = Int32Array.from(examples, ({ digit }) => digit);
  const y = tidy(() => oneHot(tensor1d(digits, 'int32'), DIGITS));
  const loss = await model.trainOnBatch(x, y);
  x.dispose();
  y.dispose();
  return Array.isArray(loss) ? Number.NaN : loss;
}

function toImages(examples: readonly Example[]): Tensor {
  const pixels = new Float32Array(examples.length * SIZE ** 2);
  for (const [i, example] of examples.entries()) pixels.set(example.pixels, i * SIZE ** 2);
  return tensor4d(pixels, [examples.length, SIZE, SIZE, 1]);
}

function toNetwork(model: Sequential): Network {
  const predict = (examples: readonly Example[]): number[][] =>
    inBatches(examples, (part) => {
      const flat = tidy(() => [model.predict(toImages(part))].flat().flatMap((output) => [...output.dataSync()]));
      return part.map((_, i) => flat.slice(i * DIGITS, (i + 1) * DIGITS));
    });
  const evaluate = (examples: readonly Example[]) => {
    const answers = predict(examples).map((row) => row.indexOf(Math.max(...row)));
    const right = examples.filter(({ digit }, i) => answers[i] === digit).length;
    return { rows: examples.length, accuracy: Number((right / examples.length).toFixed(4)) };
  };
  const weights = model.getWeights().map((weight) => Float32Array.from(weight.dataSync()));
  return { weights, predict, evaluate };
}

function inBatches<T, U>(items: readonly T[], run: (part: readonly T[]) => readonly U[]): U[] {
  const starts = Array.from({ length: Math.ceil(items.length / EVALUATION_BATCH) }, (_, i) => i * EVALUATION_BATCH);
  return starts.flatMap((start) => run(items.slice(start, start + EVALUATION_BATCH)));
}
