/**
 * The dimensions of a model's inputs that vary, as the build tries them: those that are one and the same are an axis,
 * which has one size at a time.
 */
import * as v from 'valibot';
import type { Shape } from '../../shared/inference/check-request.ts';
import type { Limits } from '../../shared/limits.ts';
import type { ModelCard } from '../../shared/model-card.ts';
import { type Datatype, elementCount } from '../../shared/tensor.ts';
import type { OnnxValue } from './onnx-model.ts';

/**
 * `places` are where it stands: which dimension of which input. `size` is its size in inputs that the model is known to
 * run on, `top` the largest that a request within the server's limits can have.
 */
export const Axis = v.object({
  places: v.array(v.tuple([v.number(), v.number()])),
  size: v.number(),
  top: v.number(),
});
export type Axis = v.InferOutput<typeof Axis>;

export interface AxesOptions {
  readonly card: ModelCard;
  /** The inputs as the ONNX file has them, which knows names of dimensions. */
  readonly inputs: readonly OnnxValue[];
  /** Shapes that the model is known to run on. */
  readonly base: readonly Shape[];
  readonly limits: Limits;
}

/**
 * The axes of a model. Dimensions of one name are one axis, and so are first dimensions without a name: they are rows.
 * Sizes that differ in `base` are never one.
 */
export function findAxes({ card, inputs, base, limits }: AxesOptions): Axis[] {
  const groups = new Map<string, Axis['places']>();
  for (const [input, { name, shape }] of card.inputs.entries()) {
    const names = inputs.find((value) => value.name === name)?.axes ?? [];
    for (const [dimension, size] of shape.entries()) {
      if (size !== -1) continue;
      const own = dimension === 0 ? 'rows' : `${input}.${dimension}`;
      const key = JSON.stringify([names[dimension] || own, base[input]?.[dimension]]);
      groups.set(key, [...(groups.get(key) ?? []), [input, dimension]]);
    }
  }
  const axes = [...groups.values()].map((places) => ({ places, size: sizeIn(base, places), top: 0 }));
  return axes.map((axis) => ({ ...axis, top: topOf(axis, { card, base, limits }) }));
}

/** Two axes as one. */
export function tie(a: Axis, b: Axis): Axis {
  return { places: [...a.places, ...b.places], size: a.size, top: Math.min(a.top, b.top) };
}

/** The shapes of all inputs when axis i has `sizes[i]`. */
export function shapesAt(base: readonly Shape[], axes: readonly Axis[], sizes: readonly number[]): Shape[] {
  return base.map((shape, input) =>
    shape.map((size, dimension) => {
      const index = axes.findIndex(({ places }) => places.some(([i, d]) => i === input && d === dimension));
      return sizes[index] ?? size;
    }),
  );
}

/** Fewest bytes of an element in a request: as binary, or in JSON one character and the comma; a text has two quotes. */
function leastBytes(datatype: Datatype): number {
  if (datatype === 'BYTES') return 3;
  return datatype === 'BOOL' || datatype.endsWith('T8') ? 1 : 2;
}

/** Whether a request can hold inputs of these shapes. */
export function isAdmissible(card: ModelCard, shapes: readonly Shape[], { maxBodyBytes }: Limits): boolean {
  const bytes = card.inputs.map(({ datatype }, i) => elementCount(shapes[i] ?? []) * leastBytes(datatype));
  return bytes.reduce((total, size) => total + size, 0) <= maxBodyBytes;
}

function sizeIn(base: readonly Shape[], [first]: Axis['places']): number {
  const [input = 0, dimension = 0] = first ?? [];
  return base[input]?.[dimension] ?? 1;
}

/** By bisection, all other dimensions that vary being 1. */
function topOf({ places, size }: Axis, { card, base, limits }: Omit<AxesOptions, 'inputs'>): number {
  const isPlace = (input: number, dimension: number) => places.some(([i, d]) => i === input && d === dimension);
  const at = (n: number) =>
    card.inputs.map(({ shape }, i) => shape.map((fixed, d) => (fixed !== -1 ? fixed : isPlace(i, d) ? n : 1)));
  const isRows = places.some(([, dimension]) => dimension === 0);
  const mostRows = Math.min(limits.maxRows, card.maxRows ?? limits.maxRows);
  const most = isRows ? Math.max(mostRows, size) : limits.maxBodyBytes;
  let [low, high] = [size, most + 1];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isAdmissible(card, at(middle), limits)) low = middle;
    else high = middle;
  }
  return base.length === 0 ? size : low;
}
