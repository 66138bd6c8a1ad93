/**
 * Finds the cases of the ONNX standard's backend tests: folders with a model and folders `test_data_set_<k>`. Real
 * networks are laid out the same way, with a file name of their own for the model.
 */
import { readdirSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import * as v from 'valibot';

/** One case, by its files. A schema, because processes are sent it. */
export const CaseFolder = v.object({
  suite: v.string(),
  name: v.string(),
  /** The name of its model when it is served: a safe file name and URL segment, and no other case's. */
  model: v.string(),
  /** The ONNX file; none when the folder has none, or several of which none is called model.onnx. */
  onnx: v.optional(v.string()),
  /** The folders with inputs and expected outputs, by number. */
  dataSets: v.array(v.string()),
});
export type CaseFolder = v.InferOutput<typeof CaseFolder>;

const MAX_SLUG_CHARS = 48;

/** The cases under `root`, which may hold suites, be a suite or be a case. Throws when there is none, or no folder. */
export function findCases(root: string): CaseFolder[] {
  const folder = resolve(root);
  const cases = [...walk(folder, folder)];
  if (cases.length === 0) {
    throw new Error(`${root}: expected folders with model.onnx and test_data_set_0, got none; name a folder of cases`);
  }
  return cases.map((found, index) => {
    const slug = found.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
    return { ...found, model: `${index}-${slug.slice(0, MAX_SLUG_CHARS)}` };
  });
}

function* walk(folder: string, root: string): Generator<Omit<CaseFolder, 'model'>> {
  const entries = readdirSync(folder, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const models = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.onnx')).map(({ name }) => name);
  const dataSets = byNumber(folders, /^test_data_set_(\d+)$/).map((name) => join(folder, name));
  if (dataSets.length > 0 || models.includes('model.onnx')) {
    const file = models.length === 1 ? models[0] : models.find((name) => name === 'model.onnx');
    const onnx = file === undefined ? {} : { onnx: join(folder, file) };
    yield { suite: suiteOf(folder, root), name: basename(folder), ...onnx, dataSets };
    return;
  }
  for (const name of folders.sort()) yield* walk(join(folder, name), root);
}

function suiteOf(folder: string, root: string): string {
  if (folder === root) return basename(dirname(root));
  return relative(root, dirname(folder)) || basename(root);
}

/** The names that match, by the number that the pattern's group finds in them; the numbers may have gaps. */
export function byNumber(names: readonly string[], pattern: RegExp): string[] {
  const number = (name: string) => Number(pattern.exec(name)?.[1]);
  return names.filter((name) => pattern.test(name)).sort((a, b) => number(a) - number(b));
}
