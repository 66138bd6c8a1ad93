/** A folder of models for one test file, and the adding of models to it. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AddedModel, addModel } from '../../models/build/add-model.ts';

export const FOLDER = mkdtempSync(join(tmpdir(), 'tandem-models-'));

/** The folder of all models. */
export const MODELS = join(FOLDER, 'models');
mkdirSync(MODELS);

/** The file that is added. */
export const FILE = join(FOLDER, 'made.onnx');

export const log = () => undefined;

export function add(bytes: Uint8Array, name?: string, version?: string): Promise<AddedModel> {
  writeFileSync(FILE, bytes);
  return addModel({ models: MODELS, file: FILE, version, log, ...(name === undefined ? {} : { name }) });
}

/** What there is under the folder of models, and in the one in which they are put together. */
export function folders(): string[] {
  const inDist = existsSync(join(MODELS, 'dist')) ? readdirSync(join(MODELS, 'dist')) : [];
  return [...readdirSync(MODELS).filter((name) => name !== 'dist'), ...inDist];
}

export function removeModels(): void {
  for (const name of readdirSync(MODELS)) rmSync(join(MODELS, name), { recursive: true });
}

/** Removes everything; for the end of the test file. */
export function removeFolder(): void {
  rmSync(FOLDER, { recursive: true });
}
