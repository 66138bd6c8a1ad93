/** The process of a bake, which gives back what the bake took. Tells a text for every step, and then what came of it. */
import { type Baked, bake } from './bake.ts';
import type { CalibratedModel } from './draws.ts';
import { readPackage } from './onnxruntime.ts';

/** What the process is sent. */
export interface BakeTask {
  readonly models: readonly CalibratedModel[];
  readonly runtime: Baked['runtime'];
}

/** What it answers, texts for steps aside. */
export type BakeOutcome = { readonly baked: Baked } | { readonly error: string };

async function outcomeOf({ models, runtime }: BakeTask): Promise<BakeOutcome> {
  const log = (step: string) => void process.send?.(step);
  try {
    return { baked: await bake({ models, runtime, ort: readPackage(), log }) };
  } catch (cause) {
    return { error: cause instanceof Error ? cause.message : String(cause) };
  }
}

process.once('message', async (task: BakeTask) => {
  process.send?.(await outcomeOf(task), () => process.exit());
});
process.on('disconnect', () => process.exit());
