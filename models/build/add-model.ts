/**
 * Adds an ONNX file to the models: reads it, runs it with the stock runtime, and writes its folder. The folder appears
 * under models/ complete, by one rename, or not at all.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseJson } from '../../shared/http/body.ts';
import { parseExactJson } from '../../shared/http/exact-json.ts';
import { JSON_ELEMENTS } from '../../shared/http/tensor-json.ts';
import { checkRequest } from '../../shared/inference/check-request.ts';
import type { ModelCard } from '../../shared/model-card.ts';
import { createTensor, type Datatype } from '../../shared/tensor.ts';
import { RUNTIME_WASM } from './artefact.ts';
import { completeOutputs, draftCard } from './draft-card.ts';
import { EXAMPLES_FILE, orThrow, printExamples, readExamples } from './examples.ts';
import type { Hints } from './find-example.ts';
import { fromJsonTensor, type Golden, printGolden, toJsonTensor } from './golden.ts';
import {
  estimateMemory,
  explainMemory,
  ISOLATE_BYTES,
  mebibytes,
  WORKER_BYTES,
  workerBytes,
} from './isolate-limits.ts';
import { readModelFile } from './model-file.ts';
import { findModels, freeFolder } from './model-folder.ts';
import { checkModelName, modelNameOf } from './model-name.ts';
import { type OnnxModel, readOnnx } from './onnx-model.ts';
import { type ProbeAnswer, type ProbeRequest, probe } from './probe.ts';
import { explainFailure } from './probe-failure.ts';
import { repair } from './repair.ts';
import { warnings } from './warnings.ts';
import { workerLimits } from './workers.ts';

export interface AddOptions {
  /** The folder of all models. */
  readonly models: string;
  readonly file: string;
  /** Without one, the file's own name. */
  readonly name?: string;
  /** Its number, where it is to stand beside other versions. */
  readonly version?: string | undefined;
  readonly known?: KnownInputs;
  readonly log: (message: string) => void;
}

/** What the owner knows of a model's inputs, as typed. */
export interface KnownInputs {
  /** Files with requests on which it runs. */
  readonly examples: readonly string[];
  readonly shapes: Hints['shapes'];
  /** What every element of an input is, by its name. */
  readonly values: readonly (readonly [name: string, text: string])[];
}

/** Nothing known. */
export const UNKNOWN_INPUTS: KnownInputs = { examples: [], shapes: [], values: [] };

export interface AddedModel {
  readonly folder: string;
  readonly card: ModelCard;
  readonly golden: Golden;
  /** Estimated memory of the isolate that holds this and all other models, in words. */
  readonly memory: string;
  /** Whether it has an examples.json, as inputs drawn at random do not run. */
  readonly hasExamples: boolean;
  readonly warnings: readonly string[];
}

/** What golden inputs are drawn from. */
const SEED = 1;

/** Throws with the reason when the file cannot be served; nothing of it is then left under `models`. */
export async function addModel(options: AddOptions): Promise<AddedModel> {
  const { models, file, name = modelNameOf(basename(file)), version, known = UNKNOWN_INPUTS, log } = options;
  checkModelName(name);
  freeFolder(models, name, version);
  try {
    return await addNamed({ models, file, name, version, known, log });
  } catch (cause) {
    throw new Error(`${file}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

async function addNamed({ models, file, name, version, known, log }: Required<AddOptions>): Promise<AddedModel> {
  const bytes = readModelFile(file);
  const onnx = readOnnx(bytes);
  refuseExternal(onnx);
  const draft = draftCard(name, onnx, version);
  const others = findModels(models).map((model) => model.onnx);
  const sizes = [bytes.length, ...others.map((other) => statSync(other).size)];
  checkSize(sizes);
  const staged = stage(models, bytes);
  try {
    log(`running ${name} with onnxruntime`);
    const request = { files: [...others, join(staged, 'model.onnx')], card: draft, seed: SEED };
    const asked = askedOf(known, draft);
    let ran = accept(await probe({ ...request, ...asked }, { log }), onnx);
    const [found] = asked.examples.length > 0 ? [] : (ran.examples ?? []);
    // Memory never shrinks, and larger sizes than the one that was found have been tried too.
    if (found !== undefined && !fitsIsolate(ran.wasmBytes, totalOf(sizes))) {
      ran = accept(await probe({ ...request, examples: [found] }, { log }), onnx);
    }
    const { golden, wasmBytes, examples, takesNan, repairs } = ran;
    const memory = checkMemory(wasmBytes, totalOf(sizes));
    const repaired = repair(bytes, repairs);
    const card = completeOutputs(draft, readOnnx(repaired), golden);
    checkGolden(card, golden);
    writeFileSync(join(staged, 'model.onnx'), repaired);
    writeFileSync(join(staged, 'card.json'), `${JSON.stringify(card, null, 2)}\n`);
    writeFileSync(join(staged, 'golden.json'), printGolden(golden));
    const hasExamples = examples !== undefined;
    if (hasExamples) {
      writeFileSync(join(staged, EXAMPLES_FILE), printExamples(examples.map((inputs) => inputs.map(fromJsonTensor))));
    }
    const folder = publish(staged, () => freeFolder(models, name, version));
    const warned = warnings({ folder, card, onnx, golden, takesNan, repairs });
    return { folder, card, golden, memory, hasExamples, warnings: warned };
  } finally {
    rmSync(staged, { recursive: true, force: true });
  }
}

/** Throws where the deployed model would refuse the inputs of its own golden file. */
function checkGolden(card: ModelCard, { cases }: Golden): void {
  const limits = workerLimits();
  for (const { inputs } of cases) {
    orThrow(checkRequest(card, { model: card.name, inputs: inputs.map(fromJsonTensor) }, limits));
  }
}

/** In models/dist, where no build looks for models. */
function stage(models: string, bytes: Uint8Array): string {
  const staged = join(models, 'dist', `adding-${randomUUID()}`);
  mkdirSync(staged, { recursive: true });
  writeFileSync(join(staged, 'model.onnx'), bytes);
  return staged;
}

function publish(staged: string, findFree: () => string): string {
  const folder = findFree();
  try {
    renameSync(staged, folder);
    return folder;
  } catch (cause) {
    // Another `add` was first.
    findFree();
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

/** What a probe is to be told of the inputs. Throws for what no input has: such a name, shape or value. */
export function askedOf(known: KnownInputs, card: ModelCard): Required<Pick<ProbeRequest, 'examples' | 'hints'>> {
  const names = card.inputs.map(({ name }) => name);
  for (const [name] of [...known.shapes, ...known.values]) {
    if (!names.includes(name)) {
      throw new Error(`--shape, --value: expected one of the inputs "${names.join('", "')}", got "${name}"`);
    }
  }
  const values = known.values.map(([name, text]) => {
    const { datatype = 'FP32' } = card.inputs.find((input) => input.name === name) ?? {};
    return [name, readValue(name, datatype, text)] as const;
  });
  if (known.examples.length > 0 && known.shapes.length + known.values.length > 0) {
    throw new Error('expected either --example or --shape and --value, got both; an example says all of its inputs');
  }
  for (const { name, shape } of card.inputs) {
    const given = new Map(known.shapes).get(name) ?? shape;
    if (given.length === shape.length && shape.every((size, i) => size === -1 || size === given[i])) continue;
    throw new Error(
      `--shape: expected one that fits ${JSON.stringify(shape)} (-1 varies) of input "${name}", got ${JSON.stringify(given)}`,
    );
  }
  const examples = known.examples.flatMap((file) => readExamples(file, card));
  return { examples: examples.map((inputs) => inputs.map(toJsonTensor)), hints: { shapes: known.shapes, values } };
}

/** The element that a text stands for. */
function readValue(name: string, datatype: Datatype, text: string): number | string {
  if (datatype === 'BYTES') return text;
  const elements = JSON_ELEMENTS[datatype === 'FP16' ? 'FP32' : datatype](false);
  const parsed = parseJson(new TextEncoder().encode(text), parseExactJson);
  const isTaken = parsed.ok && elements.add(parsed.value);
  if (!isTaken) {
    throw new Error(
      `--value: expected ${elements.expected} for input "${name}" of ${datatype}, got ${JSON.stringify(text)}`,
    );
  }
  const {
    data: [value = 0],
  } = toJsonTensor(createTensor(name, datatype === 'FP16' ? 'FP32' : datatype, [1], elements.data()));
  return value;
}

function accept(answer: ProbeAnswer, onnx: OnnxModel) {
  if (!answer.ok) throw new Error(explainFailure(answer, onnx));
  const { golden, ...rest } = answer;
  if (golden === undefined) throw new TypeError('expected a probe with a card to run the model');
  return { golden, ...rest };
}

function totalOf(sizes: readonly number[]): number {
  return sizes.reduce((total, bytes) => total + bytes, 0);
}

function fitsIsolate(wasmBytes: number, fileBytes: number): boolean {
  return estimateMemory(wasmBytes, fileBytes) <= ISOLATE_BYTES;
}

function checkMemory(wasmBytes: number, fileBytes: number): string {
  const explained = explainMemory(wasmBytes, fileBytes);
  if (fitsIsolate(wasmBytes, fileBytes)) return explained;
  throw new Error(
    `expected all models within an isolate's ${mebibytes(ISOLATE_BYTES)} of memory, got an estimate of ${explained}; ` +
      'quantise or prune the model, or remove another one',
  );
}
