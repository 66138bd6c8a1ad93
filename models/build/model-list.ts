/** The models that are there: as a table, and one less. */

import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { TensorSpec } from '../../shared/model-card.ts';
import { findModels } from './artefact.ts';
import { EXAMPLES_FILE } from './examples.ts';
import { isModelName } from './model-name.ts';

/** The files of a model; a folder with others holds work of somebody's. */
const MODEL_FILES = ['model.onnx', 'card.json', 'golden.json', EXAMPLES_FILE];

const COLUMNS = ['name', 'version', 'task', 'inputs', 'outputs', 'bytes'];

/** A table of all models in `models`, columns aligned. */
export function listModels(models: string): string {
  const rows = findModels(models).map(({ card, onnx }) => {
    const bytes = statSync(onnx).size.toLocaleString('en');
    return [card.name, card.version, card.task, specs(card.inputs), specs(card.outputs), bytes];
  });
  const table = [COLUMNS, ...rows];
  const widths = COLUMNS.map((_, i) => Math.max(...table.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return table.map((row) => `${line(row)}\n`).join('');
}

/** Removes a model's folder at once. Throws when there is none, or it holds more than a model's files. */
export function removeModel(models: string, name: string): void {
  const folder = findFolder(models, name);
  const more = readdirSync(folder).filter((file) => !MODEL_FILES.includes(file));
  if (more.length > 0) {
    throw new Error(
      `${name}: expected a folder with nothing but ${MODEL_FILES.join(', ')}, got ${more.join(', ')} too; ` +
        `delete models/${name} yourself if you mean it`,
    );
  }
  const removed = join(models, 'dist', `removed-${randomUUID()}`);
  mkdirSync(join(models, 'dist'), { recursive: true });
  renameSync(folder, removed);
  rmSync(removed, { recursive: true });
}

/** The folder of a model. Throws with the names that there are when it is none of them. */
export function findFolder(models: string, name: string): string {
  const names = findModels(models).map(({ card }) => card.name);
  if (isModelName(name) && names.includes(name)) return join(models, name);
  throw new Error(`name: expected one of the models (${names.join(', ') || 'none'}), got ${JSON.stringify(name)}`);
}

function specs(list: readonly TensorSpec[]): string {
  return list.map(({ name, datatype, shape }) => `${name} ${datatype} [${shape.join(', ')}]`).join(', ');
}
