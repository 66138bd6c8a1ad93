/**
 * Golden files: seeded inputs within the ranges of a card's features, with the outputs of the stock runtime for them.
 * Tests, the build and the benchmark hold every answer against these.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import * as v from 'valibot';
import { createRuntime } from '../../shared/inference/runtime.ts';
import type { ModelCard } from '../../shared/model-card.ts';

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

/** The stock runtime's wasm in the installed package. */
export const RUNTIME_WASM = fileURLToPath(import.meta.resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'));

/** `rows` rows drawn uniformly from the steps of each feature's range, rounded to FP32. */
export function generateRows(card: ModelCard, rows: number, seed: number): number[][] {
  const random = xoroshiro128plus(seed);
  const features = card.inputs[0]?.features ?? [];
  return Array.from({ length: rows }, () =>
    features.map(({ min, max, step }) => {
      const steps = Math.round((max - min) / step);
      return Math.fround(min + step * Math.floor(uniformFloat64(random) * (steps + 1)));
    }),
  );
}

/** Runs the model on `rows` generated rows with the stock runtime. */
export async function makeGolden(card: ModelCard, model: Uint8Array, rows: number, seed: number): Promise<Golden> {
  const inputs = generateRows(card, rows, seed);
  const runtime = createRuntime(new WebAssembly.Module(readFileSync(RUNTIME_WASM)));
  const session = await runtime.createSession(model);
  const name = card.inputs[0]?.name ?? '';
  const data = Float32Array.from(inputs.flat());
  const tensor = { name, datatype: 'FP32', shape: [rows, data.length / rows], data } as const;
  const [output] = await session.run([tensor], [card.primaryOutput]);
  return { seed, inputs, outputs: [...(output?.data ?? [])] };
}
