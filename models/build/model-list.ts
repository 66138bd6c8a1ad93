/** The models that are there: as a table, and one less. */

import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { toHttp } from '../../shared/errors.ts';
import type { TensorSpec } from '../../shared/model-card.ts';
import { isVersion, unknownVersion } from '../../shared/model-versions.ts';
import { EXAMPLES_FILE } from './examples.ts';
import { findModels, inServedOrder, type ModelFolder } from './model-folder.ts';

/** The files of a version; a folder with others holds work of somebody's. */
const MODEL_FILES = ['model.onnx', 'card.json', 'golden.json', EXAMPLES_FILE];

const COLUMNS = ['name', 'version', 'task', 'inputs', 'outputs', 'bytes'];

/** A table of all models in `models`, columns aligned. */
export function listModels(models: string): string {
  const rows = findModels(models).map(({ card, onnx }) => {
    const version = [card.version, ...(card.labels ?? [])].join(' ');
    const bytes = statSync(onnx).size.toLocaleString('en');
    return [card.name, version, card.task, specs(card.inputs), specs(card.outputs), bytes];
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

/**
 * Removes a version by number or label, or where none is named the model's folder at once. Throws when there is none, or
 * a folder holds more than a model's files.
 */
export function removeModel(models: string, name: string, version?: string): void {
  const all = findVersions(models, name);
  const removed = version === undefined ? all : [pickVersion(all, version)];
  const isWhole = removed.length === all.length;
  for (const { onnx } of removed) refuseOthers(models, dirname(onnx), all);
  const bin = join(models, 'dist', `removed-${randomUUID()}`);
  mkdirSync(bin, { recursive: true });
  const paths = isWhole ? [join(models, name)] : removed.flatMap(({ onnx }) => pathsOf(dirname(onnx), name));
  for (const path of paths) renameSync(path, join(bin, basename(path)));
  rmSync(bin, { recursive: true });
}

/** The folder of a version, or its files where the folder is that of the whole model. */
function pathsOf(folder: string, name: string): string[] {
  if (basename(folder) !== name) return [folder];
  return MODEL_FILES.map((file) => join(folder, file)).filter((file) => existsSync(file));
}

function refuseOthers(models: string, folder: string, versions: readonly ModelFolder[]): void {
  const known = [...MODEL_FILES, ...versions.map(({ onnx }) => basename(dirname(onnx)))];
  const more = readdirSync(folder).filter((file) => !known.includes(file));
  if (more.length === 0) return;
  const place = relative(models, folder);
  throw new Error(
    `${place}: expected a folder with nothing but ${MODEL_FILES.join(', ')}, got ${more.join(', ')} too; ` +
      `delete models/${place} yourself if you mean it`,
  );
}

/** The versions of a model, the default one first. Throws with the names that there are when it is none of them. */
export function findVersions(models: string, name: string): readonly [ModelFolder, ...ModelFolder[]] {
  const all = inServedOrder(findModels(models));
  const [first, ...others] = all.filter(({ card }) => card.name === name);
  if (first !== undefined) return [first, ...others];
  const names = [...new Set(all.map(({ card }) => card.name))];
  throw new Error(`name: expected one of the models (${names.join(', ') || 'none'}), got ${JSON.stringify(name)}`);
}

/** One of a model's versions, by number or label. Throws with those that there are. */
export function pickVersion(versions: readonly [ModelFolder, ...ModelFolder[]], version: string): ModelFolder {
  const found = versions.find(({ card }) => isVersion(card, version));
  if (found !== undefined) return found;
  throw new Error(toHttp(unknownVersion({ model: versions[0].card.name, version }, versions)).message);
}

function specs(list: readonly TensorSpec[]): string {
  return list.map(({ name, datatype, shape }) => `${name} ${datatype} [${shape.join(', ')}]`).join(', ');
}
