/**
 * Adds an ONNX file to the models: reads it, runs it with the stock runtime, and writes its folder. The folder appears
 * under models/ complete, by one rename, or not at all.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ModelCard } from '../../shared/model-card.ts';
import { findModels, RUNTIME_WASM } from './artefact.ts';
import { completeShapes, draftCard } from './draft-card.ts';
import { type Golden, printGolden } from './golden.ts';
import {
  estimateMemory,
  explainMemory,
  ISOLATE_BYTES,
  mebibytes,
  WORKER_BYTES,
  workerBytes,
} from './isolate-limits.ts';
import { readModelFile } from './model-file.ts';
import { checkModelName } from './model-name.ts';
import { type OnnxModel, readOnnx } from './onnx-model.ts';
import { type ProbeAnswer, probe } from './probe.ts';
import { explainFailure } from './probe-failure.ts';

export interface AddOptions {
  /** The folder of all models. */
  readonly models: string;
  readonly file: string;
  /** Without one, the file's own name. */
  readonly name?: string;
  readonly log: (message: string) => void;
}

export interface AddedModel {
  readonly folder: string;
  readonly card: ModelCard;
  readonly golden: Golden;
  /** Estimated memory of the isolate that holds this and all other models, in words. */
  readonly memory: string;
}

/** What golden inputs are drawn from. */
const SEED = 1;

/** Throws with the reason when the file cannot be served; nothing of it is then left under `models`. */
export async function addModel(options: AddOptions): Promise<AddedModel> {
  const { models, file, name = basename(file, '.onnx'), log } = options;
  checkModelName(name);
  checkFree(join(models, name));
  try {
    return await addNamed({ models, file, name, log });
  } catch (cause) {
    throw new Error(`${file}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

async function addNamed({ models, file, name, log }: Required<AddOptions>): Promise<AddedModel> {
  const bytes = readModelFile(file);
  const onnx = readOnnx(bytes);
  refuseExternal(onnx);
  const draft = draftCard(name, onnx);
  const others = findModels(models).map((model) => model.onnx);
  const sizes = [bytes.length, ...others.map((other) => statSync(other).size)];
  checkSize(sizes);
  const staged = stage(models, bytes);
  try {
    log(`running ${name} with onnxruntime`);
    const answer = await probe({ files: [...others, join(staged, 'model.onnx')], card: draft, seed: SEED });
    const { golden, wasmBytes } = accept(answer, onnx);
    const memory = checkMemory(wasmBytes, sizes);
    const card = completeShapes(draft, onnx, golden);
    writeFileSync(join(staged, 'card.json'), `${JSON.stringify(card, null, 2)}\n`);
    writeFileSync(join(staged, 'golden.json'), printGolden(golden));
    const folder = join(models, name);
    publish(staged, folder);
    return { folder, card, golden, memory };
  } finally {
    rmSync(staged, { recursive: true, force: true });
  }
}

function checkFree(folder: string): void {
  if (!existsSync(folder)) return;
  const name = basename(folder);
  throw new Error(
    `name: expected one that is free, got "${name}", which is taken; give another --name or remove it first`,
  );
}

/** In models/dist, where no build looks for models. */
function stage(models: string, bytes: Uint8Array): string {
  const staged = join(models, 'dist', `adding-${randomUUID()}`);
  mkdirSync(staged, { recursive: true });
  writeFileSync(join(staged, 'model.onnx'), bytes);
  return staged;
}

function publish(staged: string, folder: string): void {
  try {
    renameSync(staged, folder);
  } catch (cause) {
    // Another `add` was first.
    checkFree(folder);
    throw cause;
  }
}

function refuseExternal({ externalFiles }: OnnxModel): void {
  if (externalFiles.length === 0) return;
  throw new Error(
    `expected all weights inside of the file, got some in ${externalFiles.map((name) => `"${name}"`).join(', ')}; beside ` +
      'those files, save it whole with onnx.save_model(onnx.load("in.onnx"), "out.onnx"), or export from PyTorch with external_data=False',
  );
}

function checkSize(modelBytes: readonly number[]): void {
  const bytes = workerBytes(statSync(RUNTIME_WASM).size, modelBytes);
  if (bytes <= WORKER_BYTES) return;
  throw new Error(
    `expected a Worker of at most ${mebibytes(WORKER_BYTES)} with the runtime and all models, got ${mebibytes(bytes)}; ` +
      'quantise or prune the model, or remove another one',
  );
}

function accept(answer: ProbeAnswer, onnx: OnnxModel): { golden: Golden; wasmBytes: number } {
  if (!answer.ok) throw new Error(explainFailure(answer, onnx));
  const { golden, wasmBytes } = answer;
  if (golden === undefined) throw new TypeError('expected a probe with a card to run the model');
  return { golden, wasmBytes };
}

function checkMemory(wasmBytes: number, modelBytes: readonly number[]): string {
  const fileBytes = modelBytes.reduce((total, bytes) => total + bytes, 0);
  const explained = explainMemory(wasmBytes, fileBytes);
  if (estimateMemory(wasmBytes, fileBytes) <= ISOLATE_BYTES) return explained;
  throw new Error(
    `expected all models within an isolate's ${mebibytes(ISOLATE_BYTES)} of memory, got an estimate of ${explained}; ` +
      'quantise or prune the model, or remove another one',
  );
}
