/**
 * The builder: makes the artefact, bundles every Worker as a deployment would, and runs the models once on workerd, so
 * that nothing is ever served or uploaded that does not start. All of that happens in a folder of the build's own; the
 * default build is then copied to where the wrangler configurations look. Ends at once when nothing has changed; a
 * second builder started meanwhile waits and finds nothing to do. Logs to standard error.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { lock } from 'proper-lockfile';
import * as v from 'valibot';
import { writeBaked, writeStock } from './artefact.ts';
import { Calibration } from './bake/calibration.ts';
import { bundle, bundleDeno, INSIDE_BUILD } from './bundle.ts';
import { bundleClient } from './bundle-client.ts';
import { bundleSite } from './bundle-site.ts';
import { parseCommandLine } from './command-line.ts';
import { findExamples } from './examples.ts';
import { copySources, digestOf, OUTPUTS, outputsOf, sourcesOf } from './files.ts';
import { readGolden } from './golden.ts';
import { BUILD } from './manual.ts';
import { readModelFile } from './model-file.ts';
import type { ModelFolder } from './model-folder.ts';
import { versionName } from './model-name.ts';
import { readOnnx } from './onnx-model.ts';
import {
  type BuildOptions,
  buildRoot,
  DEFAULT_RUNTIME,
  RUNTIMES,
  type RuntimeName,
  readBuildOptions,
  selectModels,
  stageFolder,
} from './options.ts';
import { runCommand } from './program.ts';
import { ROOT, WORKER_NAMES } from './workers.ts';

/**
 * What a build is. `runtime` is what it runs on, which may be safer and slower than what was asked for; `warning` then
 * says why, and every later start of the builder repeats it. `models` has what came of each model's calibration.
 */
const Manifest = v.object({
  sources: v.string(),
  outputs: v.string(),
  runtime: v.picklist(RUNTIMES),
  warning: v.optional(v.string()),
  models: v.optional(v.record(v.string(), Calibration), {}),
});
type Manifest = v.InferOutput<typeof Manifest>;

/** A finished build: `root` holds its configurations, models/dist, and dist/<worker>. */
export interface Build {
  readonly root: string;
}

/** Brings a build up to date. Rejects with the reason; the next build then starts anew. */
export async function build(options: BuildOptions = {}): Promise<Build> {
  const models = selectModels(options.models);
  const stage = stageFolder(options);
  const root = buildRoot(options);
  const digestSources = () => digestOf(ROOT, sourcesOf(options.models ?? ['*']));
  if (isCurrent(root, digestSources())) return { root };
  mkdirSync(dirname(stage), { recursive: true });
  const release = await lockOrWait(stage);
  try {
    const sources = digestSources();
    if (isCurrent(root, sources)) return { root };
    if (!isCurrent(stage, sources)) await make({ models, runtime: options.runtime ?? DEFAULT_RUNTIME, stage, sources });
    if (root !== stage) publish(stage, root);
    log('done');
    return { root };
  } finally {
    await release();
  }
}

/** The lock of a builder that was killed is taken over when it has not been renewed for 10 s. */
async function lockOrWait(stage: string): Promise<() => Promise<void>> {
  const options = { realpath: false };
  try {
    return await lock(stage, options);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ELOCKED')) throw cause;
    log('waiting for another build');
    return lock(stage, { ...options, retries: { forever: true, minTimeout: 100, maxTimeout: 500 } });
  }
}

interface MakeOptions {
  readonly models: readonly ModelFolder[];
  readonly runtime: RuntimeName;
  readonly stage: string;
  /** Digest of the sources. */
  readonly sources: string;
}

/** The manifest is written last: without it nothing in the folder counts as built. */
async function make({ models, runtime, stage, sources }: MakeOptions): Promise<void> {
  const names = models.map(({ card }) => versionName(card));
  for (const model of models) check(model);
  const artefact = join(stage, 'models/dist');
  // A wrangler of a builder that was killed may still be writing there.
  rmSync(stage, { recursive: true, force: true, maxRetries: 10 });
  copySources(ROOT, stage);
  mkdirSync(artefact, { recursive: true });
  log(`${names.join(', ')} on the ${runtime} runtime`);
  const made = await writeArtefact({ models, runtime, folder: artefact });
  log(`bundling ${[...WORKER_NAMES, 'deno', 'client', 'site'].join(', ')}`);
  await bundleDeno(stage);
  await bundleClient(stage);
  await bundleSite(models, stage);
  await bundleAll(stage);
  log('running every model once on workerd');
  // Imported only here: it brings Miniflare in, which takes longer than finding nothing to do.
  const { verify } = await import('./verify.ts');
  await verify(models, stage);
  const manifest: Manifest = { sources, outputs: digestOf(stage, OUTPUTS), ...made };
  writeFileSync(manifestOf(stage), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Two at a time: each wrangler takes a quarter of a gigabyte. */
async function bundleAll(stage: string): Promise<void> {
  const left = WORKER_NAMES.values();
  const bundleLeft = async () => {
    for (const worker of left) await bundle(worker, stage);
  };
  await Promise.all([bundleLeft(), bundleLeft()]);
}

/** Throws where a model's files do not fit each other: what its owner has to mend is no reason for a slower runtime. */
function check({ card, onnx }: ModelFolder): void {
  readGolden(join(dirname(onnx), 'golden.json'));
  findExamples(dirname(onnx), card);
  const file = readOnnx(readModelFile(onnx));
  for (const role of ['inputs', 'outputs'] as const) {
    const known = file[role].map(({ name }) => name);
    const unknown = card[role].find(({ name }) => !known.includes(name));
    if (unknown === undefined) continue;
    throw new Error(
      `${dirname(onnx)}/card.json, ${role}: expected of the model's "${known.join('", "')}", got "${unknown.name}"`,
    );
  }
}

interface ArtefactOptions {
  readonly models: readonly ModelFolder[];
  readonly runtime: RuntimeName;
  /** Exists and is empty. */
  readonly folder: string;
}

/** What could not be baked runs on the stock runtime: the same in every answer, but slower to start, and not to be reset. */
async function writeArtefact({
  models,
  runtime,
  folder,
}: ArtefactOptions): Promise<Omit<Manifest, 'sources' | 'outputs'>> {
  const stock = () => {
    writeStock(models, folder);
    return { runtime: 'stock', models: {} } as const;
  };
  if (runtime === 'stock') return stock();
  try {
    // Imported only here: it brings binaryen in.
    const { bakeModels } = await import('./bake/bake-models.ts');
    const baked = await bakeModels({ folders: models, runtime, log });
    writeBaked(models, baked, folder);
    const names = models.map(({ card }) => versionName(card));
    const calibrations = baked.calibrations.map((calibration, i) => [names[i] ?? '', calibration] as const);
    return { runtime: baked.runtime, warning: baked.warning, models: Object.fromEntries(calibrations) };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const warning = `WARNING: the models could not be baked; this build has the stock runtime, which is slower to start and cannot be reset: ${reason}`;
    log(warning);
    return { ...stock(), warning };
  }
}

/**
 * Copies the outputs of a build. Files that are already there are left alone: `wrangler dev` watches the models' folder
 * and ends a build that writes there, and the build that follows has to find less to write.
 */
function publish(stage: string, root: string): void {
  rmSync(manifestOf(root), { force: true });
  const files = outputsOf(stage);
  for (const file of outputsOf(root)) if (!files.includes(file)) rmSync(join(root, file));
  for (const file of files) copyChanged(join(stage, file), join(root, file));
  copyFileSync(manifestOf(stage), manifestOf(root));
}

function copyChanged(from: string, to: string): void {
  if (existsSync(to) && readFileSync(to).equals(readFileSync(from))) return;
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}

/** Whether the last build was of these sources, and all that it made is still as it made it. */
function isCurrent(root: string, sources: string): boolean {
  if (!existsSync(manifestOf(root))) return false;
  const manifest = v.safeParse(Manifest, JSON.parse(readFileSync(manifestOf(root), 'utf8')));
  if (!manifest.success) return false;
  const { warning, ...made } = manifest.output;
  if (made.sources !== sources || made.outputs !== digestOf(root, OUTPUTS)) return false;
  if (warning !== undefined) log(warning);
  return true;
}

/** The manifest of a finished build. Throws where there is none. */
export function readManifest({ root }: Build): Manifest {
  return v.parse(Manifest, JSON.parse(readFileSync(manifestOf(root), 'utf8')));
}

function manifestOf(root: string): string {
  return join(root, 'models/dist/manifest.json');
}

function log(message: string): void {
  process.stderr.write(`build: ${message}\n`);
}

if (import.meta.main && process.env[INSIDE_BUILD] === undefined) {
  await runCommand(BUILD, async (args) => {
    await build(readBuildOptions(parseCommandLine(BUILD, args).values));
    return 0;
  });
}
