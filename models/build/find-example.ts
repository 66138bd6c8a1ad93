/**
 * Looks for inputs that a model runs on, where ones of ordinary sizes and values do not: audio has to be so long, an
 * embedding has so few rows. Values that only the trade knows, such as a sample rate, are not guessed.
 */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Shape } from '../../shared/inference/check-request.ts';
import type { Limits } from '../../shared/limits.ts';
import type { ModelCard } from '../../shared/model-card.ts';
import type { Tensor } from '../../shared/tensor.ts';
import { findAxes, isAdmissible, shapesAt } from './axes.ts';
import { drawTensors } from './generate-inputs.ts';
import type { OnnxValue } from './onnx-model.ts';

/** What the model's owner knows of its inputs, by their names; an input may be called like a member of every object. */
export interface Hints {
  readonly shapes: readonly (readonly [name: string, shape: Shape])[];
  /** What every element of an input is. */
  readonly values: readonly (readonly [name: string, value: number | string])[];
}

export interface Search {
  readonly card: ModelCard;
  readonly inputs: readonly OnnxValue[];
  readonly hints: Hints;
  readonly limits: Limits;
  readonly seed: number;
  /** Undefined when the model runs on them, else the reason. */
  readonly run: (inputs: readonly Tensor[]) => Promise<string | undefined>;
  /** Told the sizes that are tried next; false ends the search. */
  readonly goOn: (shapes: readonly Shape[]) => boolean;
}

/** Whole numbers to try: indices of anything, of two things such as a text's segments, and of one. */
const MAX_INTEGERS = [2, 1, 0];

/** How many examples are kept: the first, and larger ones with other values. */
const EXAMPLES = 3;

/** Inputs that it runs on; none where the search finds none. */
export async function findExamplesFor(search: Search): Promise<Tensor[][]> {
  for (const shapes of candidateShapes(search)) {
    if (!search.goOn(shapes)) return [];
    for (const most of MAX_INTEGERS) {
      if (
        await runsWith(
          search,
          shapes,
          search.card.inputs.map(() => most),
        )
      ) {
        return grow(search, shapes, await raise(search, shapes, most));
      }
    }
  }
  return [];
}

/** Sizes from small to large: all axes alike, rows 1 or alike, and then each axis alone. */
function* candidateShapes({ card, inputs, hints, limits }: Search): Generator<readonly Shape[]> {
  const given = new Map(hints.shapes);
  const base = card.inputs.map(({ name, shape }) => given.get(name) ?? shape.map((size) => (size === -1 ? 1 : size)));
  const open = {
    ...card,
    inputs: card.inputs.map((spec) => ({ ...spec, shape: [...(given.get(spec.name) ?? spec.shape)] })),
  };
  const axes = findAxes({ card: open, inputs, base, limits });
  const isRows = axes.map(({ places }) => places.some(([, dimension]) => dimension === 0));
  const largest = Math.max(1, ...axes.map(({ top }) => top));
  const seen = new Set<string>();
  const sizes = [3, 1];
  for (let size = 2; size <= largest; size *= 2) sizes.push(size);
  const alike = sizes.flatMap((size) => [axes.map((_, i) => (isRows[i] ? 1 : size)), axes.map(() => size)]);
  const alone = sizes.flatMap((size) => axes.map((_, index) => axes.map((_, i) => (i === index ? size : 1))));
  for (const candidate of [...alike, ...alone]) {
    const shapes = shapesAt(base, axes, candidate);
    const key = JSON.stringify(shapes);
    if (seen.has(key) || !(isAdmissible(card, shapes, limits) || seen.size === 0)) continue;
    seen.add(key);
    yield shapes;
  }
}

/** Whether it runs whatever whole numbers up to `most` of each input stand where. */
async function runsWith(search: Search, shapes: readonly Shape[], most: readonly number[]): Promise<boolean> {
  return (
    (await search.run(draw(search, { shapes, most, least: most }))) === undefined &&
    (await search.run(draw(search, { shapes, most }))) === undefined
  );
}

/** The largest whole numbers that each input takes, the others staying at `common`. */
async function raise(search: Search, shapes: readonly Shape[], common: number): Promise<number[]> {
  const most = search.card.inputs.map(() => common);
  for (const index of most.keys()) {
    const higher = MAX_INTEGERS.filter((value) => value > common);
    for (const value of higher) {
      if (!(await runsWith(search, shapes, most.with(index, value)))) continue;
      most[index] = value;
      break;
    }
  }
  return most;
}

/** The example, and others with larger sizes where it runs with those too. */
async function grow(search: Search, shapes: readonly Shape[], most: readonly number[]): Promise<Tensor[][]> {
  const examples = [draw(search, { shapes, most })];
  for (let factor = 2; factor <= EXAMPLES; factor++) {
    const larger = search.card.inputs.map(({ name, shape }, i) => {
      const given = search.hints.shapes.some(([named]) => named === name);
      return (shapes[i] ?? []).map((size, d) => (shape[d] === -1 && !given ? size * factor : size));
    });
    const fits = isAdmissible(search.card, larger, search.limits);
    const inputs = draw(search, { shapes: fits ? larger : shapes, most, seed: search.seed + factor });
    const same = draw(search, { shapes, most, seed: search.seed + factor });
    if ((await search.run(inputs)) === undefined) examples.push(inputs);
    else if ((await search.run(same)) === undefined) examples.push(same);
  }
  return examples;
}

interface Drawing {
  readonly shapes: readonly Shape[];
  readonly most: readonly number[];
  readonly least?: readonly number[];
  readonly seed?: number;
}

function draw({ card, hints, seed: first }: Search, { shapes, most, least, seed = first }: Drawing): Tensor[] {
  const integers = most.map((max, i) => ({ min: least?.[i] ?? 0, max }));
  return drawTensors(card, { shapes, random: xoroshiro128plus(seed), integers, values: new Map(hints.values) });
}
