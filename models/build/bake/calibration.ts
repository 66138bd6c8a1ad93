/**
 * The runs that show which functions a model enters through the table. Kernels choose their path by sizes and values, so
 * every axis climbs from 0 to the largest size that a request can have, alone and in combinations; then come random
 * requests until a few thousand in a row have entered nothing new. What was tried bounds what a cut runtime accepts.
 */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import * as v from 'valibot';
import type { ModelCard } from '../../../shared/model-card.ts';
import type { Tensor } from '../../../shared/tensor.ts';
import { Axis, findAxes, shapesAt, tie } from '../axes.ts';
import { readOnnx } from '../onnx-model.ts';
import { type CalibratedModel, createDraws, extreme, misfits, pick } from './draws.ts';

const SEED = 17;

/** How long the runs of a model may take, in seconds, unless its card says otherwise. */
const CALIBRATION_SECONDS = 20;

/** Random requests in a row that have to enter nothing new: by the rule of three, at most 3 in so many others do (95%). */
const UNSEEN_RUNS = 3_000;

/** Combinations of sizes that are tried before the random requests. */
const COMBINATIONS = 60;

/** Where so many sizes have failed one after another, the model takes no larger ones. */
const MAX_FAILURES = 6;

/** One run that takes more than this share of the time ends the climb: larger ones are not tried, and not accepted. */
const SLOW_SHARE = 1 / 20;

/** A model of whose runs a smaller share ran is not known well enough for a cut. */
const LEAST_SHARE = 0.25;

/** Runs the model, and looks at what it does. */
export interface Watch {
  /** Undefined when it ran, else why not. */
  run(inputs: readonly Tensor[], outputs: readonly string[]): string | undefined;
  /** How many functions have been entered so far. */
  entered(): number;
  nowMs(): number;
}

/**
 * What a calibration came to. `isEnough` is whether enough of the sizes ran for a cut; `failed` are shapes on which the
 * model broke off or refused to run, with the reason, the first ones; `unseen` are random requests, the last ones of
 * all, that entered nothing new, their goal, and the share of others that may (95%); `axes` are as they turned out, each
 * with the largest size that was tried, and `largest` has the same for each input.
 */
export const Calibration = v.object({
  ran: v.number(),
  of: v.number(),
  isEnough: v.boolean(),
  failed: v.array(v.string()),
  unseen: v.object({ runs: v.number(), goal: v.number(), bound: v.number() }),
  seconds: v.number(),
  secondsAllowed: v.number(),
  axes: v.array(Axis),
  largest: v.array(v.array(v.number())),
});
export type Calibration = v.InferOutput<typeof Calibration>;

/** The outputs that runs ask for: all of them, and each alone, because the runtime leaves out what no output needs. */
export function outputChoices({ outputs }: ModelCard): string[][] {
  const names = outputs.map(({ name }) => name);
  return names.length === 1 ? [names] : [names, ...names.map((name) => [name])];
}

/** 0, 1, 2, and then sizes around every power of two, because vector and cache blocks are that long; the last is `top`. */
export function ladder(top: number): number[] {
  const sizes = new Set([0, 1, 2, 3, 4, 5, 6, 7]);
  for (let power = 8; power - 1 <= top; power *= 2) for (const size of [power - 1, power, power + 1]) sizes.add(size);
  sizes.add(top);
  return [...sizes].filter((size) => size <= top).sort((a, b) => a - b);
}

/** Makes the runs of one model. */
export function calibrate(given: CalibratedModel, watch: Watch): Calibration {
  const { card, limits } = given;
  const start = watch.nowMs();
  const secondsAllowed = card.calibrationSeconds ?? CALIBRATION_SECONDS;
  const spentShare = () => (watch.nowMs() - start) / 1000 / secondsAllowed;
  const random = xoroshiro128plus(SEED);
  const choices = outputChoices(card);
  const counts = { ran: 0, of: 0 };
  const failed = new Map<string, string>();

  const attempt = (inputs: readonly Tensor[], outputs = choices[0] ?? []): boolean => {
    const reason = watch.run(inputs, outputs);
    if (reason !== undefined && !failed.has(reason))
      failed.set(reason, JSON.stringify(inputs.map(({ shape }) => shape)));
    return reason === undefined;
  };
  const counted = (inputs: readonly Tensor[]): boolean => {
    const ran = attempt(inputs);
    counts.of += 1;
    counts.ran += ran ? 1 : 0;
    return ran;
  };

  const ran = given.samples.filter((inputs) => choices.map((outputs) => attempt(inputs, outputs)).every(Boolean));
  const samples = ran.length === 0 ? given.samples : ran;
  const model = { ...given, samples };
  const base = (samples[0] ?? []).map(({ shape }) => shape);
  const draws = createDraws(model, base, random);
  let axes = findAxes({ card, inputs: readOnnx(model.onnx).inputs, base, limits });
  axes = tied(axes, (candidate, sizes) => attempt(draws.at(candidate, sizes)));
  axes = shrunk(axes, (candidate, sizes) => attempt(draws.at(candidate, sizes)));

  /** Sizes of each axis that ran, and the largest that was tried. */
  const climbed = axes.map((axis, index) => {
    const runnableSizes: number[] = [];
    let [tried, failures] = [0, 0];
    for (const size of ladder(axis.top)) {
      const before = spentShare();
      if (before > (index + 1) / axes.length / 2 && size > axis.size) break;
      const sizes = draws.fitting(
        axes,
        axes.map((other, i) => (i === index ? size : other.size)),
      );
      // No request can have it beside the least that the other axes take.
      if (sizes[index] !== size) break;
      const inputs = draws.at(axes, sizes);
      // Beyond where nothing runs any more, refusals are tried too, but say nothing of how well the model is known.
      const ran =
        (failures < MAX_FAILURES ? counted : attempt)(inputs) ||
        draws.alternatives(inputs).some((other) => attempt(other));
      tried = Math.max(tried, size);
      if (ran) runnableSizes.push(size);
      failures = ran || size <= axis.size ? 0 : failures + 1;
      if (size > axis.size && spentShare() - before > SLOW_SHARE) break;
    }
    return {
      sizes: runnableSizes,
      axis: { ...axis, top: Math.max(tried, ...samples.map((inputs) => sizeOf(inputs, axis))) },
    };
  });
  const runnable = climbed.map(({ sizes, axis }) => (sizes.length === 0 ? [axis.size] : sizes));
  axes = climbed.map(({ axis }) => axis);

  for (let i = 0; axes.length > 1 && i < COMBINATIONS && spentShare() < 2 / 3; i++) {
    const sizes = draws.fitting(
      axes,
      runnable.map((ran) => pick(ran, random)),
    );
    // Sizes that are known to run say nothing of others.
    const isBase = sizes.every((size, index) => size === axes[index]?.size);
    (isBase ? attempt : counted)(draws.at(axes, sizes));
  }
  for (let shift = 0; shift < 4; shift++)
    for (const outputs of choices) attempt(samples[0]?.map((t) => extreme(t, shift)) ?? [], outputs);

  for (const inputs of misfits(samples[0] ?? [])) attempt(inputs);

  let runs = 0;
  while (runs < UNSEEN_RUNS && spentShare() < 1) {
    const before = watch.entered();
    attempt(draws.unseen(axes, runnable), pick(choices, random));
    runs = watch.entered() === before ? runs + 1 : 0;
  }
  return {
    ...counts,
    isEnough: counts.ran >= counts.of * LEAST_SHARE,
    failed: [...failed].slice(0, 10).map(([reason, shapes]) => `${shapes}: ${reason}`),
    unseen: { runs, goal: UNSEEN_RUNS, bound: runs === 0 ? 1 : Math.min(1, 3 / runs) },
    seconds: Math.round((watch.nowMs() - start) / 100) / 10,
    secondsAllowed,
    axes,
    largest: shapesAt(
      base,
      axes,
      axes.map(({ top }) => top),
    ).map((shape) => [...shape]),
  };
}

/** A calibration in one line. */
export function explainCalibration({ ran, of, unseen, seconds, secondsAllowed, largest }: Calibration): string {
  const bound = `at most ${(100 * unseen.bound).toPrecision(2)}% of such requests need more, 95%`;
  const early = unseen.runs < unseen.goal ? ` of ${unseen.goal}, as the time was up` : '';
  return (
    `${ran} of ${of} sizes ran; ${unseen.runs} random requests in a row${early} entered nothing new (${bound}); ` +
    `shapes up to ${JSON.stringify(largest)}; ${seconds} s of ${secondsAllowed} s`
  );
}

/** Axes as small as the model still runs with, so that climbing another one costs little. */
function shrunk(axes: readonly Axis[], runs: (axes: readonly Axis[], sizes: readonly number[]) => boolean): Axis[] {
  const result = [...axes];
  for (const [index, axis] of axes.entries()) {
    for (let size = 1; size < axis.size; size *= 2) {
      const sizes = result.map((other, i) => (i === index ? size : other.size));
      if (!runs(result, sizes)) continue;
      result[index] = { ...axis, size };
      break;
    }
  }
  return result;
}

/** The largest size that an axis has in these inputs. */
function sizeOf(inputs: readonly Tensor[], { places }: Axis): number {
  return Math.max(...places.map(([input, dimension]) => inputs[input]?.shape[dimension] ?? 0));
}

/** Ties axes of which one cannot change without the other, as two inputs whose lengths have to agree. */
function tied(axes: readonly Axis[], runs: (axes: readonly Axis[], sizes: readonly number[]) => boolean): Axis[] {
  const result = [...axes];
  const changed = (indices: readonly number[]) =>
    runs(
      result,
      result.map(({ size }, i) => (indices.includes(i) ? size + 1 : size)),
    );
  for (let i = 0; i < result.length; i++) {
    if (changed([i])) continue;
    const other = result.findIndex(
      (axis, j) => j > i && axis.size === result[i]?.size && !changed([j]) && changed([i, j]),
    );
    const [a, b] = [result[i], result[other]];
    if (a === undefined || b === undefined) continue;
    result[i] = tie(a, b);
    result.splice(other, 1);
    i -= 1;
  }
  return result;
}
