/** Makes golden files: seeded inputs for a card, and the stock runtime's outputs for them. */
import { readFileSync } from 'node:fs';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Session } from '../../shared/inference/runtime.ts';
import { createStockRuntime } from '../../shared/inference/stock-runtime.ts';
import type { ModelCard } from '../../shared/model-card.ts';
import type { Tensor } from '../../shared/tensor.ts';
import { RUNTIME_WASM } from './artefact.ts';
import { drawInputs } from './generate-inputs.ts';
import { type Golden, toJsonTensor } from './golden.ts';

/** What a golden file is made from. */
export interface GoldenPlan {
  /** Rows in all cases together, where rows vary. */
  readonly rows: number;
  /** What the inputs are drawn from. */
  readonly seed: number;
  /** Inputs on which the model is known to run; with them none are drawn. */
  readonly examples?: readonly (readonly Tensor[])[];
}

/** Loads the model in the stock runtime of this process and runs it. Rejects with the runtime's own error. */
export async function makeGolden(card: ModelCard, model: Uint8Array, plan: GoldenPlan): Promise<Golden> {
  const runtime = createStockRuntime(new WebAssembly.Module(readFileSync(RUNTIME_WASM)));
  return runGolden(await runtime.createSession(model), card, plan);
}

/**
 * Runs a loaded model on its examples, or on generated inputs: batches of 1 row, of 2 and of all others where the first
 * dimension of an input varies, else one case.
 */
export async function runGolden(session: Session, card: ModelCard, plan: GoldenPlan): Promise<Golden> {
  const { rows, seed } = plan;
  const random = xoroshiro128plus(seed);
  const names = card.outputs.map((output) => output.name);
  const cases: Golden['cases'] = [];
  for (const inputs of plan.examples ?? batches(card, rows).map((batch) => drawInputs(card, { rows: batch }, random))) {
    const outputs = await session.run(inputs, names);
    cases.push({ inputs: inputs.map(toJsonTensor), outputs: outputs.map(toJsonTensor) });
  }
  return { seed, cases };
}

function batches(card: ModelCard, rows: number): number[] {
  if (!card.inputs.some(({ shape: [first] }) => first === -1)) return [1];
  return [1, 2, rows - 3].filter((batch) => batch > 0 && batch <= rows);
}
