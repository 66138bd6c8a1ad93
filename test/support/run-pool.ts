/** Runs of the baked test models in random order, with what each comes to on an isolate that has run nothing else. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { drawInputs } from '../../models/build/generate-inputs.ts';
import { createBakedRuntime } from '../../shared/inference/baked-runtime.ts';
import type { ModelCard } from '../../shared/model-card.ts';
import type { Tensor } from '../../shared/tensor.ts';
import { outcomeOf } from './bits.ts';

export interface Subject {
  readonly card: ModelCard;
  readonly handle: number;
}

export interface PooledRun {
  readonly subject: Subject;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly string[];
  /** What the run comes to, as `outcomeOf` writes it. */
  readonly outcome: string;
}

/** A baked module, which may be a damaged one. */
export interface RunModule {
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly pages: number;
}

const SEED = 41;
const MAX_ROWS = 40;
const MAX_SIZE = 6;

/** `count` runs of each model, every one of them run on an instance of its own. */
export async function drawPool(
  { wasm, pages }: RunModule,
  subjects: readonly Subject[],
  count: number,
): Promise<PooledRun[]> {
  const random = xoroshiro128plus(SEED);
  const module = new WebAssembly.Module(wasm);
  const pool: PooledRun[] = [];
  for (const subject of subjects) {
    const outputs = subject.card.outputs.map(({ name }) => name);
    for (let i = 0; i < count; i++) {
      const sizes = { rows: uniformInt(random, 1, MAX_ROWS), others: uniformInt(random, 1, MAX_SIZE) };
      const inputs = drawInputs(subject.card, sizes, random);
      const session = await createBakedRuntime(module, pages).openSession(subject.handle);
      pool.push({ subject, inputs, outputs, outcome: await outcomeOf(session, inputs, outputs) });
    }
  }
  return pool;
}

/** `length` runs of the pool in an order drawn from `seed`. */
export function drawSequence(pool: readonly PooledRun[], length: number, seed: number): PooledRun[] {
  const random = xoroshiro128plus(seed);
  return Array.from({ length }, () => pool[uniformInt(random, 0, pool.length - 1)]).flatMap((run) => run ?? []);
}
