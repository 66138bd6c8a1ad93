/**
 * A convolution layer for training on the CPU in plain JavaScript. TensorFlow.js has one, but computes its gradients
 * element by element through accessors there, many times as slow; all else of the training is the library's own.
 */
import { add, customGrad, relu, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { initializers, layers } from '@tensorflow/tfjs-layers';

/** A convolution without padding over a square image of `size` x `size` pixels; kernel and stride in pixels. */
export interface Convolution {
  readonly size: number;
  readonly channels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly filters: number;
}

/** Width and height of what the convolution gives. */
export function outputSize({ size, kernel, stride }: Convolution): number {
  return Math.floor((size - kernel) / stride) + 1;
}

/** How a layer begins, and whether it is the first one: then nothing before it asks for the gradient of its images. */
export interface LayerOptions {
  readonly seed: number;
  readonly first: boolean;
}

/** From images [rows, size, size, channels] to [rows, outputSize, outputSize, filters], with a bias and a ReLU. */
export class ConvolutionLayer extends layers.Layer {
  static readonly className = 'ConvolutionLayer';
  readonly #convolution: Convolution;
  readonly #kernel;
  readonly #bias;
  readonly #first: boolean;

  constructor(convolution: Convolution, { seed, first }: LayerOptions) {
    const { size, channels, kernel, filters } = convolution;
    super({ inputShape: [size, size, channels] });
    this.#convolution = convolution;
    this.#first = first;
    const shape = [kernel, kernel, channels, filters];
    this.#kernel = this.addWeight('kernel', shape, 'float32', initializers.heNormal({ seed }));
    this.#bias = this.addWeight('bias', [filters], 'float32', initializers.zeros());
  }

  override computeOutputShape([rows = null]: (number | null)[]): (number | null)[] {
    const size = outputSize(this.#convolution);
    return [rows, size, size, this.#convolution.filters];
  }

  override call(given: Tensor | Tensor[]): Tensor {
    const images = Array.isArray(given) ? given[0] : given;
    if (images === undefined) throw new Error('ConvolutionLayer: expected one input tensor, got none');
    const kernel = this.#kernel.read();
    const pass = new Pass(this.#convolution, images.dataSync(), kernel.dataSync());
    const shape = [images.shape[0] ?? 0, ...this.computeOutputShape([]).slice(1).map(Number)];
    const kernelGradient = (gradient: Tensor) => tensor(pass.kernelGradient(gradient.dataSync()), kernel.shape);
    const imageGradient = (gradient: Tensor) => tensor(pass.imageGradient(gradient.dataSync()), images.shape);
    const inputs = this.#first ? [kernel] : [kernel, images];
    const gradients = this.#first ? [kernelGradient] : [kernelGradient, imageGradient];
    const convolve = customGrad(() => ({
      value: tensor(pass.output(), shape),
      gradFunc: (gradient: Tensor) => gradients.map((compute) => compute(gradient)),
    }));
    return relu(add(convolve(...inputs), this.#bias.read()));
  }
}

type Numbers = ArrayLike<number>;

/** Where one pixel's channels begin in the images, its weights in the kernel, the sums that they go to in the output. */
type VisitPixel = (image: number, kernel: number, output: number) => void;

/**
 * One batch on its way through a convolution and back, before bias and ReLU. Images [rows, row, column, channel], kernel
 * [row, column, channel, filter], output and its gradient [rows, row, column, filter], all in row-major order.
 */
export class Pass {
  readonly #convolution: Convolution;
  readonly #images: Numbers;
  readonly #kernel: Numbers;

  constructor(convolution: Convolution, images: Numbers, kernel: Numbers) {
    this.#convolution = convolution;
    this.#images = images;
    this.#kernel = kernel;
  }

  output(): Float32Array {
    const { size, channels, filters } = this.#convolution;
    const rows = this.#images.length / (size * size * channels);
    const sums = new Float32Array(rows * outputSize(this.#convolution) ** 2 * filters);
    const weights = this.#kernel;
    this.#visitInk((pixel, kernel, output) => {
      for (let i = 0; i < filters; i++) sums[output + i] = (sums[output + i] ?? 0) + pixel * (weights[kernel + i] ?? 0);
    });
    return sums;
  }

  kernelGradient(gradient: Numbers): Float32Array {
    const { filters } = this.#convolution;
    const sums = new Float32Array(this.#kernel.length);
    this.#visitInk((pixel, kernel, output) => {
      for (let i = 0; i < filters; i++)
        sums[kernel + i] = (sums[kernel + i] ?? 0) + pixel * (gradient[output + i] ?? 0);
    });
    return sums;
  }

  imageGradient(gradient: Numbers): Float32Array {
    const { channels, filters } = this.#convolution;
    const sums = new Float32Array(this.#images.length);
    const weights = this.#kernel;
    this.#visit((image, kernel, output) => {
      for (let channel = 0; channel < channels; channel++) {
        const first = kernel + channel * filters;
        let sum = 0;
        for (let i = 0; i < filters; i++) sum += (weights[first + i] ?? 0) * (gradient[output + i] ?? 0);
        sums[image + channel] = (sums[image + channel] ?? 0) + sum;
      }
    });
    return sums;
  }

  /** Skips zeros: most of an image is background, and a ReLU leaves half of what comes after it at 0. */
  #visitInk(visit: (pixel: number, kernel: number, output: number) => void): void {
    const { channels, filters } = this.#convolution;
    const images = this.#images;
    this.#visit((image, kernel, output) => {
      for (let channel = 0; channel < channels; channel++) {
        const pixel = images[image + channel] ?? 0;
        if (pixel !== 0) visit(pixel, kernel + channel * filters, output);
      }
    });
  }

  #visit(visit: VisitPixel): void {
    const { size, channels, kernel, stride, filters } = this.#convolution;
    const outputs = outputSize(this.#convolution);
    const rows = this.#images.length / (size * size * channels);
    for (let row = 0, output = 0; row < rows; row++) {
      for (let y = 0; y < outputs; y++) {
        for (let x = 0; x < outputs; x++, output += filters) {
          for (let cell = 0; cell < kernel * kernel; cell++) {
            const down = y * stride + Math.floor(cell / kernel);
            const right = x * stride + (cell % kernel);
            visit(((row * size + down) * size + right) * channels, cell * channels * filters, output);
          }
        }
      }
    }
  }
}
