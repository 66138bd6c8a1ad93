/** Bakes the models of a build, or takes what an earlier build has baked from the same sources. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import type { ModelFolder } from '../artefact.ts';
import { digestOf } from '../files.ts';
import { fromJsonTensor, Golden } from '../golden.ts';
import { ROOT } from '../workers.ts';
import type { Baked } from './bake.ts';
import type { BakeTask } from './bake-thread.ts';
import { cached } from './cache.ts';
import { runThread } from './thread.ts';

const CACHE = join(ROOT, 'dist/cache');

/** What a bake is made by: the installed packages, the baker, and the code that runs the models in it. */
const BAKER = [
  'package-lock.json',
  'models/build/*.ts',
  'models/build/bake/*',
  'shared/inference/*',
  'shared/tensor.ts',
];

/** Rejects when the models cannot be baked. `log` gets a line for every step. */
export function bakeModels(folders: readonly ModelFolder[], log: (message: string) => void): Promise<Baked> {
  return cached(CACHE, addressOf(folders), () => {
    const task: BakeTask = { models: folders.map(readModel) };
    return runThread(new URL('./bake-thread.ts', import.meta.url), task, (message) => log(`bake: ${message}`));
  });
}

/** Where the cache keeps what is baked from these models: a digest of all that decides it. */
export function addressOf(folders: readonly ModelFolder[]): string {
  const hash = createHash('sha256').update(digestOf(ROOT, BAKER));
  for (const { card, onnx } of folders) {
    for (const part of [JSON.stringify(card), readFileSync(onnx), readFileSync(goldenOf(onnx))]) {
      hash.update(`${part.length} `).update(part);
    }
  }
  return hash.digest('hex').slice(0, 32);
}

function readModel({ card, onnx }: ModelFolder) {
  const { cases } = v.parse(Golden, JSON.parse(readFileSync(goldenOf(onnx), 'utf8')));
  const samples = cases.map(({ inputs }) => inputs.map(fromJsonTensor));
  return { card, onnx: new Uint8Array(readFileSync(onnx)), samples };
}

function goldenOf(onnx: string): string {
  return join(dirname(onnx), 'golden.json');
}
