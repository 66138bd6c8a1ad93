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

process.once('message', async ({ models, runtime }: BakeTask) => {
  const log = (step: string) => void process.send?.(step);
  const outcome = await bake({ models, runtime, ort: readPackage(), log }).then(
    (baked): BakeOutcome => ({ baked }),
    (cause: unknown): BakeOutcome => ({ error: cause instanceof Error ? cause.message : String(cause) }),
  );
  process.send?.(outcome, () => process.exit());
});
process.on('disconnect', () => process.exit());
