/** What a calibration runs, on models that are nothing but a rule for which inputs they take. */

import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { calibrate, explainCalibration, ladder, type Watch } from '../../models/build/bake/calibration.ts';
import { drawInputs } from '../../models/build/generate-inputs.ts';
import type { ModelCard } from '../../shared/model-card.ts';
import { elementCount, type Tensor } from '../../shared/tensor.ts';
import { fp32, makeOnnx } from '../support/onnx.ts';

type Sizes = readonly (number | string)[];

function modelOf(shapes: readonly Sizes[], maxRows = 1_024, maxBodyBytes = 100_000) {
  const inputs = shapes.map((sizes, i) => {
    const shape = sizes.map((size) => (typeof size === 'number' ? size : -1));
    return { name: `x${i}`, datatype: 'FP32' as const, shape };
  });
  const outputs = [{ name: 'y', datatype: 'FP32' as const, shape: [-1] }];
  const card: ModelCard = { name: 'm', version: '1', platform: 'p', task: 't', inputs, outputs, primaryOutput: 'y' };
  const onnx = makeOnnx({ input: shapes.map((sizes, i) => fp32(`x${i}`, sizes)) });
  const samples = [drawInputs(card, { rows: 2, others: 2 }, xoroshiro128plus(1))];
  return { card, onnx, samples, isParticular: false, limits: { maxRows, maxBodyBytes } };
}

/** Runs what `takes` takes; each run takes 10 ms of a clock that is none, and enters one function for every power of two. */
function watch(
  takes: (shapes: readonly (readonly number[])[]) => boolean,
): Watch & { readonly shapes: (readonly number[])[][] } {
  const entered = new Set<number>();
  const shapes: (readonly number[])[][] = [];
  let runs = 0;
  return {
    shapes,
    run: (inputs: readonly Tensor[]) => {
      runs += 1;
      const ran = inputs.map(({ shape }) => shape);
      shapes.push([...ran]);
      for (const shape of ran) entered.add(Math.floor(Math.log2(elementCount(shape) + 1)));
      return takes(ran) ? undefined : 'no';
    },
    entered: () => entered.size,
    nowMs: () => runs,
  };
}

it('a ladder goes from 0 around every power of two to its top', () => {
  expect(ladder(20)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 20]);
  expect(ladder(0)).toEqual([0]);
  expect(ladder(1_024).slice(-4)).toEqual([512, 513, 1_023, 1_024]);
});

describe('a calibration', () => {
  it('climbs to the largest request that the limits admit, and no further', () => {
    const { largest, isEnough } = calibrate(
      modelOf([['n', 4]]),
      watch(() => true),
    );
    expect([largest, isEnough]).toEqual([[[1_024, 4]], true]);
    const wide = calibrate(
      modelOf([['n', 4_000]]),
      watch(() => true),
    );
    // A number takes at least two bytes: 100,000 hold 12 rows of 4,000.
    expect(wide.largest).toEqual([[12, 4_000]]);
  });

  it('keeps axes of one name equal, and ties those that have to agree', () => {
    const named = watch(() => true);
    calibrate(
      modelOf([
        ['n', 's'],
        ['n', 's'],
      ]),
      named,
    );
    // But for the feeds that are wrong on purpose, one for each dimension and rank.
    expect(named.shapes.filter(([a, b]) => String(a) !== String(b))).toHaveLength(6);
    const { axes, ran, of } = calibrate(
      modelOf([
        [1, 'a'],
        [1, 'b'],
      ]),
      watch(([a, b]) => a?.[1] === b?.[1]),
    );
    expect(axes).toHaveLength(1);
    expect(ran).toBe(of);
  });

  it('counts what failed, and stops to climb where nothing runs any more', () => {
    const watched = watch(([shape]) => (shape?.[1] ?? 0) <= 64);
    const { ran, of, failed, largest, isEnough } = calibrate(modelOf([[1, 's']]), watched);
    expect(ran).toBeLessThan(of);
    expect(isEnough).toBe(true);
    expect(failed[0]).toMatch(/^\[\[1,\d+\]\]: no$/);
    // Requests of a size that the model refuses are tried too, and answered in its words.
    expect(largest[0]?.[1]).toBe(50_000);
  });

  it('is not enough where few sizes run', () => {
    const { isEnough } = calibrate(
      modelOf([['n', 's', 't']]),
      watch(([shape]) => String(shape) === '2,2,2'),
    );
    expect(isEnough).toBe(false);
  });

  it('ends when 3,000 random requests in a row enter nothing new, or when its time is up, and says which', () => {
    const done = calibrate(
      modelOf([['n', 4]]),
      watch(() => true),
    );
    expect(done.unseen).toEqual({ runs: 3_000, goal: 3_000, bound: 0.001 });
    expect(explainCalibration(done)).toMatch(/^\d+ of \d+ sizes ran; 3000 random .* \(at most 0\.10% /);
    const { card, ...rest } = modelOf([['n', 4]]);
    const early = calibrate(
      { ...rest, card: { ...card, calibrationSeconds: 1 } },
      watch(() => true),
    );
    expect(early.unseen.runs).toBeLessThan(1_000);
    expect(explainCalibration(early)).toContain('of 3000, as the time was up');
  });
});
