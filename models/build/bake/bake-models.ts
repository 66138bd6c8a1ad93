/** Bakes the models of a build, or takes what an earlier build has baked from the same sources. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runChild } from '../child.ts';
import { findExamples } from '../examples.ts';
import { digestOf } from '../files.ts';
import { fromJsonTensor, readGolden, toJsonTensor } from '../golden.ts';
import type { ModelFolder } from '../model-folder.ts';
import { ROOT, workerLimits } from '../workers.ts';
import type { Baked } from './bake.ts';
import type { BakeOutcome, BakeTask } from './bake-process.ts';
import { cached } from './cache.ts';
import type { CalibratedModel } from './draws.ts';
import { STEP_LIMIT_MS } from './thread.ts';

const CACHE = join(ROOT, 'dist/cache');

/** What a bake is made by: the installed packages, the baker, and the code that runs the models in it. */
const BAKER = [
  'package-lock.json',
  'models/build/*.ts',
  'models/build/bake/*',
  'shared/inference/*',
  'shared/{tensor,limits}.ts',
];

/** How long a step of a bake may take, in milliseconds: its own threads end what does not, and then it goes on without. */
const BAKE_STEP_MS = 2 * STEP_LIMIT_MS;

export interface BakeRequest {
  readonly folders: readonly ModelFolder[];
  readonly runtime: Baked['runtime'];
  /** Gets a line for every step. */
  readonly log: (message: string) => void;
}

/** Rejects when the models cannot be baked. */
export function bakeModels({ folders, runtime, log }: BakeRequest): Promise<Baked> {
  return cached(CACHE, addressOf(folders, runtime), async () => {
    let outcome: BakeOutcome | undefined;
    const ended = await runChild({
      program: new URL('./bake-process.ts', import.meta.url),
      request: { models: folders.map(readModel), runtime } satisfies BakeTask,
      serialization: 'advanced',
      silenceMs: BAKE_STEP_MS,
      onMessage: (message) => {
        if (typeof message === 'string') log(`bake: ${message}`);
        else outcome = message as BakeOutcome;
      },
    });
    if (outcome === undefined) throw new Error(`expected a module from the process of the bake, got ${ended}`);
    if ('error' in outcome) throw new Error(outcome.error);
    return outcome.baked;
  });
}

/** Where the cache keeps what is baked from these models: a digest of all that decides it. Golden outputs and labels do not. */
export function addressOf(folders: readonly ModelFolder[], runtime: Baked['runtime']): string {
  const hash = createHash('sha256').update(`${digestOf(ROOT, BAKER)} ${runtime} ${JSON.stringify(workerLimits())}`);
  for (const { card, onnx, samples, isParticular } of folders.map(readModel)) {
    const inputs = samples.map((tensors) => tensors.map(toJsonTensor));
    for (const part of [JSON.stringify({ card: { ...card, labels: undefined }, inputs, isParticular }), onnx])
      hash.update(`${part.length} `).update(part);
  }
  return hash.digest('hex').slice(0, 32);
}

/** A model with the inputs that it is known to run on: those of its golden file, and its owner's examples. */
export function readModel({ card, onnx }: ModelFolder): CalibratedModel {
  const golden = readGolden(join(dirname(onnx), 'golden.json')).cases.map(({ inputs }) => inputs.map(fromJsonTensor));
  const examples = findExamples(dirname(onnx), card);
  return {
    card,
    onnx: new Uint8Array(readFileSync(onnx)),
    samples: [...golden, ...(examples ?? [])],
    isParticular: examples !== undefined,
    limits: workerLimits(),
  };
}
