/**
 * Golden files: inputs of a model with the stock runtime's outputs for them. The build, the tests and the benchmark hold
 * every answer against these.
 */
import * as v from 'valibot';

/** Rows of input and the primary output's first element for each. */
export const Golden = v.object({
  seed: v.number(),
  inputs: v.array(v.array(v.number())),
  outputs: v.array(v.number()),
});
export type Golden = v.InferOutput<typeof Golden>;

/** Largest relative difference from a golden output: FP32 kernels differ by a few units in the last place. */
const TOLERANCE = 1e-5;

/** Whether `got` is the golden value `expected`, but for rounding. */
export function closeTo(got: number | undefined, expected: number): boolean {
  return got !== undefined && Math.abs(got - expected) <= TOLERANCE * Math.max(1, Math.abs(expected));
}
