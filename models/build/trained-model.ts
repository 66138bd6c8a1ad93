/** What every training script begins and ends with: a data set read from its npm package, a model's folder written. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ModelCard } from '../../shared/model-card.ts';
import { printGolden } from './golden.ts';
import { type GoldenPlan, makeGolden } from './make-golden.ts';

/** A trained model, and what its golden file is to be made from. */
export interface TrainedModel {
  readonly card: ModelCard;
  readonly onnx: Uint8Array;
  readonly golden: GoldenPlan;
}

/** The contents of a JSON file beside the main module of an installed package, by its path from there. */
export function readPackageData(packageName: string, path: string): unknown {
  const main = createRequire(import.meta.url).resolve(packageName);
  return JSON.parse(readFileSync(join(dirname(main), path), 'utf8'));
}

/** Writes model.onnx, card.json and golden.json. Rejects when onnxruntime does not run the model. */
export async function writeTrainedModel(folder: string, { card, onnx, golden }: TrainedModel): Promise<void> {
  const goldenText = printGolden(await makeGolden(card, onnx, golden));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model.onnx'), onnx);
  writeFileSync(join(folder, 'card.json'), `${JSON.stringify(card, null, 2)}\n`);
  writeFileSync(join(folder, 'golden.json'), goldenText);
}
