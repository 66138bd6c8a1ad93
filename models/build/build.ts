/**
 * The builder: makes the artefact, bundles every Worker as a deployment would, and runs the models once on workerd, so
 * that nothing is ever served or uploaded that does not start. Ends at once when nothing has changed; a second builder
 * started meanwhile waits and finds nothing to do. Logs to standard error.
 */
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';
import * as v from 'valibot';
import { findModels, writeArtefact } from './artefact.ts';
import { bundle, INSIDE_BUILD } from './bundle.ts';
import { ROOT, WORKER_NAMES } from './workers.ts';

const MODELS = join(ROOT, 'models');
const ARTEFACT = join(MODELS, 'dist');
const MANIFEST = join(ARTEFACT, 'manifest.json');

/** What a build is made from. Another digest of these files is another build. */
const SOURCES = [
  'package-lock.json',
  'wrangler.toml',
  'workers/**/*',
  'shared/**/*',
  'bench/arms/workers/*',
  'models/build/*',
  'models/*/{model.onnx,card.json,golden.json}',
];

/** What a build makes, but for the manifest. */
const OUTPUTS = ['models/dist/*.{ts,wasm,onnx}', 'dist/*/*.{js,wasm,onnx}'];

const Manifest = v.object({ sources: v.string(), outputs: v.string() });

/** Brings artefact and bundles up to date. Rejects with the reason; the next build then starts anew. */
export async function build(): Promise<void> {
  mkdirSync(ARTEFACT, { recursive: true });
  const release = await lockOrWait();
  try {
    if (!isCurrent()) await make();
  } finally {
    await release();
  }
}

/** The lock of a builder that was killed is taken over when it has not been renewed for 10 s. */
async function lockOrWait(): Promise<() => Promise<void>> {
  try {
    return await lock(ARTEFACT);
  } catch {
    log('waiting for another build');
    return lock(ARTEFACT, { retries: { forever: true, minTimeout: 100, maxTimeout: 500 } });
  }
}

/** The manifest is removed first and written last: without it nothing here counts as built. */
async function make(): Promise<void> {
  const sources = digestOf(SOURCES);
  rmSync(MANIFEST, { force: true });
  const models = findModels(MODELS);
  log(`${models.length} model(s) on the stock runtime`);
  writeArtefact(models, ARTEFACT);
  log(`bundling ${WORKER_NAMES.join(', ')}`);
  await Promise.all(WORKER_NAMES.map(bundle));
  log('running every model once on workerd');
  // Imported only here: it brings wrangler in, which takes longer than finding nothing to do.
  const { verify } = await import('./verify.ts');
  await verify(models);
  writeFileSync(MANIFEST, `${JSON.stringify({ sources, outputs: digestOf(OUTPUTS) })}\n`);
  log('done');
}

/** Whether the last build was of these sources, and all that it made is still as it made it. */
function isCurrent(): boolean {
  if (!existsSync(MANIFEST)) return false;
  const manifest = v.safeParse(Manifest, JSON.parse(readFileSync(MANIFEST, 'utf8')));
  if (!manifest.success) return false;
  const { sources, outputs } = manifest.output;
  return sources === digestOf(SOURCES) && outputs === digestOf(OUTPUTS);
}

function digestOf(patterns: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of globSync(patterns, { cwd: ROOT }).sort()) {
    if (!statSync(join(ROOT, file)).isFile()) continue;
    hash.update(`${file}\0`).update(readFileSync(join(ROOT, file)));
  }
  return hash.digest('hex');
}

function log(message: string): void {
  process.stderr.write(`build: ${message}\n`);
}

if (import.meta.main && process.env[INSIDE_BUILD] === undefined) {
  try {
    await build();
  } catch (cause) {
    log(`failed: ${cause instanceof Error ? cause.message : cause}`);
    process.exitCode = 1;
  }
}
