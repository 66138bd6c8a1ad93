/** Makes golden files: seeded inputs within the ranges of a card's features, and the stock runtime's outputs for them. */
import { readFileSync } from 'node:fs';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { createRuntime } from '../../shared/inference/runtime.ts';
import type { ModelCard } from '../../shared/model-card.ts';
import { RUNTIME_WASM } from './artefact.ts';
import type { Golden } from './golden.ts';

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
