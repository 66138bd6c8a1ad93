/** Bakes the models of a build, or takes what an earlier build has baked from the same sources. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import type { ModelFolder } from '../artefact.ts';
import { findExamples, printExamples } from '../examples.ts';
import { digestOf } from '../files.ts';
import { fromJsonTensor, Golden } from '../golden.ts';
import { ROOT, workerLimits } from '../workers.ts';
import type { Baked } from './bake.ts';
import type { BakeTask } from './bake-thread.ts';
import { cached } from './cache.ts';
import type { CalibratedModel } from './draws.ts';
import { runThread } from './thread.ts';

const CACHE = join(ROOT, 'dist/cache');

/** What a bake is made by: the installed packages, the baker, and the code that runs the models in it. */
const BAKER = [
  'package-lock.json',
  'models/build/*.ts',
  'models/build/bake/*',
  'shared/inference/*',
  'shared/{tensor,limits}.ts',
];

export interface BakeRequest {
  readonly folders: readonly ModelFolder[];
  readonly runtime: Baked['runtime'];
  /** Gets a line for every step. */
  readonly log: (message: string) => void;
}

/** Rejects when the models cannot be baked. */
export function bakeModels({ folders, runtime, log }: BakeRequest): Promise<Baked> {
  return cached(CACHE, addressOf(folders, runtime), () => {
    const task: BakeTask = { models: folders.map(readModel), runtime };
    return runThread(new URL('./bake-thread.ts', import.meta.url), task, (message) => log(`bake: ${message}`));
  });
}

/** Where the cache keeps what is baked from these models: a digest of all that decides it. */
export function addressOf(folders: readonly ModelFolder[], runtime: Baked['runtime']): string {
  const hash = createHash('sha256').update(`${digestOf(ROOT, BAKER)} ${runtime} ${JSON.stringify(workerLimits())}`);
  for (const { card, onnx } of folders) {
    const parts = [JSON.stringify(card), printExamples(findExamples(dirname(onnx), card) ?? [])];
    for (const part of [...parts, readFileSync(onnx), readFileSync(goldenOf(onnx))]) {
      hash.update(`${part.length} `).update(part);
    }
  }
  return hash.digest('hex').slice(0, 32);
}

function readModel({ card, onnx }: ModelFolder): CalibratedModel {
  const { cases } = v.parse(Golden, JSON.parse(readFileSync(goldenOf(onnx), 'utf8')));
  const isParticular = findExamples(dirname(onnx), card) !== undefined;
  const samples = cases.map(({ inputs }) => inputs.map(fromJsonTensor));
  return { card, onnx: new Uint8Array(readFileSync(onnx)), samples, isParticular, limits: workerLimits() };
}

function goldenOf(onnx: string): string {
  return join(dirname(onnx), 'golden.json');
}
