/**
 * Models as real exporters leave them, with the training library's own answers, from the folder `shared/cases` beside the
 * project. They are added as a user would add them. Where that folder is not there, tests go on with one line less.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { addModel, UNKNOWN_INPUTS } from '../../models/build/add-model.ts';
import { fromJsonTensor, JsonTensor } from '../../models/build/golden.ts';
import { type ModelFolder, readCard } from '../../models/build/model-folder.ts';
import { ROOT } from '../../models/build/workers.ts';
import type { Tensor } from '../../shared/tensor.ts';

export const CASES = join(ROOT, '../shared/cases');

/** Files of models that the protocol can carry, and of those that it cannot. */
const all = existsSync(CASES) ? readdirSync(CASES).filter((file) => file.endsWith('.onnx')) : [];
export const REFUSED = all.filter((file) => ['lr-zipmap.onnx', 'multiout.onnx'].includes(file));
export const SERVED = all.filter((file) => !REFUSED.includes(file));

/** Values that a model needs and only its owner knows. */
const KNOWN: Readonly<Record<string, typeof UNKNOWN_INPUTS>> = {
  'sr-only-16000.onnx': { ...UNKNOWN_INPUTS, values: [['sr', '16000']] },
};

/** Seconds of calibration: tests have many models, and what they ask is drawn otherwise than what a bake tries. */
const CALIBRATION_SECONDS = 2;

/** Adds a case into a folder of its own under `root`, and does what the warnings say. */
export async function addCase(root: string, file: string): Promise<ModelFolder> {
  const models = join(root, basename(file, '.onnx'));
  mkdirSync(models);
  const added = await addModel({
    models,
    file: join(CASES, file),
    known: KNOWN[file] ?? UNKNOWN_INPUTS,
    log: () => undefined,
  });
  const missing = added.warnings.flatMap((text) => /^input "([^"]+)" takes NaN/.exec(text)?.[1] ?? []);
  const inputs = added.card.inputs.map((input) =>
    missing.includes(input.name) ? { ...input, missing: 'nan' } : input,
  );
  const place = join(added.folder, 'card.json');
  const card = { ...added.card, inputs, nonFinite: 'null', calibrationSeconds: CALIBRATION_SECONDS };
  writeFileSync(place, JSON.stringify(card));
  return { card: readCard(place, card.name), onnx: join(added.folder, 'model.onnx') };
}

const Value = v.union([v.number(), v.string(), v.boolean()]);
const Case = v.object({
  inputs: v.record(v.string(), v.object({ shape: v.array(v.number()), data: v.array(v.unknown()), dtype: v.string() })),
  expected: v.record(v.string(), v.unknown()),
});

const DATATYPES: Readonly<Record<string, string>> = {
  float32: 'FP32',
  float64: 'FP64',
  float16: 'FP16',
  int64: 'INT64',
};

/** What a case asks, and what the training library answers, flat; undefined where the case has no answers. */
export function readCase(file: string): { inputs: Tensor[]; expected: Map<string, unknown[]> } | undefined {
  const place = join(CASES, file.replace('.onnx', '.json'));
  if (!existsSync(place)) return undefined;
  // Python writes NaN and Infinity, which JSON does not have.
  const text = readFileSync(place, 'utf8').replaceAll(/(-?Infinity|NaN)\b/g, '"$1"');
  const { inputs, expected } = v.parse(Case, JSON.parse(text));
  const tensors = Object.entries(inputs).map(([name, { shape, data, dtype }]) => {
    const datatype = DATATYPES[dtype] ?? 'BYTES';
    return fromJsonTensor(v.parse(JsonTensor, { name, datatype, shape, data: v.parse(v.array(Value), data) }));
  });
  const flat = Object.entries(expected).map(([name, value]) => [name, [value].flat(20)] as const);
  return { inputs: tensors, expected: new Map(flat) };
}
