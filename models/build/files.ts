/** The files that a build reads and makes, by pattern. */
import { createHash } from 'node:crypto';
import { cpSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'smol-toml';
import { WORKER_NAMES } from './workers.ts';

/** What the Workers are bundled from, but for models/dist. */
export const WORKER_SOURCES = [
  'wrangler.toml',
  'tsconfig.base.json',
  'workers/**/*',
  'shared/**/*',
  'bench/arms/workers/*',
  'models/*.d.ts',
  // The floor's model.
  'models/auto-mpg/card.json',
];

/** What a build makes, but for the manifest. */
export const OUTPUTS = [
  'models/dist/*.{ts,wasm,onnx}',
  `dist/{${WORKER_NAMES.join(',')},deno}/*.{js,wasm,onnx}`,
  'dist/site/*',
];

/** What a build of `models` is made from, `*` being all. Another digest of these files is another build. */
export function sourcesOf(models: readonly string[]): string[] {
  const files = '{model.onnx,card.json,golden.json,examples.json}';
  const ofModels = models.flatMap((name) => [`models/${name}/${files}`, `models/${name}/[1-9]*/${files}`]);
  return ['package-lock.json', ...WORKER_SOURCES, 'models/build/**/*', ...ofModels];
}

/**
 * Copies what the Workers are bundled from, but for the command that builds the models first. The packages are found in a
 * folder above.
 */
export function copySources(root: string, folder: string): void {
  for (const file of filesOf(root, WORKER_SOURCES)) {
    const copy = join(folder, file);
    cpSync(join(root, file), copy);
    if (!file.endsWith('wrangler.toml')) continue;
    const { build: _, ...config } = parse(readFileSync(copy, 'utf8'));
    writeFileSync(copy, stringify(config));
  }
}

/** The outputs that are there, relative to `root`. */
export function outputsOf(root: string): string[] {
  return filesOf(root, OUTPUTS);
}

/** A digest of names and contents of the files that match. */
export function digestOf(root: string, patterns: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of filesOf(root, patterns)) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

function filesOf(root: string, patterns: readonly string[]): string[] {
  const files = globSync(patterns, { cwd: root }).sort();
  return files.filter((file) => statSync(join(root, file)).isFile());
}
