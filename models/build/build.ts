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
import { type ModelFolder, writeBaked, writeStock } from './artefact.ts';
import { bundle, INSIDE_BUILD } from './bundle.ts';
import { copySources, digestOf, OUTPUTS, outputsOf, sourcesOf } from './files.ts';
import {
  type BuildOptions,
  buildRoot,
  DEFAULT_RUNTIME,
  parseBuildOptions,
  type RuntimeName,
  selectModels,
  stageFolder,
  UsageError,
} from './options.ts';
import { ROOT, WORKER_NAMES } from './workers.ts';

/** Writes the artefact of `models` into `folder`, which exists and is empty. */
type ArtefactWriter = (models: readonly ModelFolder[], folder: string) => Promise<string | undefined>;

/** Each resolves with a warning where it had to write something else. */
const WRITERS: Readonly<Record<RuntimeName, ArtefactWriter>> = {
  stock: async (models, folder) => {
    writeStock(models, folder);
    return undefined;
  },
  baked: writeBakedOrStock,
};

/** `warning` is what is wrong with a build that is served all the same; every later start of the builder repeats it. */
const Manifest = v.object({ sources: v.string(), outputs: v.string(), warning: v.optional(v.string()) });

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
  const names = models.map(({ card }) => card.name);
  const artefact = join(stage, 'models/dist');
  // A wrangler of a builder that was killed may still be writing there.
  rmSync(stage, { recursive: true, force: true, maxRetries: 10 });
  copySources(ROOT, stage);
  mkdirSync(artefact, { recursive: true });
  log(`${names.join(', ')} on the ${runtime} runtime`);
  const warning = await WRITERS[runtime](models, artefact);
  log(`bundling ${WORKER_NAMES.join(', ')}`);
  await Promise.all(WORKER_NAMES.map((worker) => bundle(worker, stage)));
  log('running every model once on workerd');
  // Imported only here: it brings wrangler in, which takes longer than finding nothing to do.
  const { verify } = await import('./verify.ts');
  await verify(models, stage);
  writeFileSync(manifestOf(stage), `${JSON.stringify({ sources, outputs: digestOf(stage, OUTPUTS), warning })}\n`);
}

/** An artefact that could not be baked is the stock one: slower to start, the same in every answer. */
async function writeBakedOrStock(models: readonly ModelFolder[], folder: string): Promise<string | undefined> {
  try {
    // Imported only here: it brings binaryen in.
    const { bakeModels } = await import('./bake/bake-models.ts');
    writeBaked(models, await bakeModels(models, log), folder);
    return undefined;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const warning = `WARNING: the models could not be baked; this build has the slower stock runtime: ${reason}`;
    log(warning);
    writeStock(models, folder);
    return warning;
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

function manifestOf(root: string): string {
  return join(root, 'models/dist/manifest.json');
}

function log(message: string): void {
  process.stderr.write(`build: ${message}\n`);
}

if (import.meta.main && process.env[INSIDE_BUILD] === undefined) {
  try {
    await build(parseBuildOptions(process.argv.slice(2)));
  } catch (cause) {
    log(`failed: ${cause instanceof Error ? cause.message : cause}`);
    process.exitCode = cause instanceof UsageError ? 2 : 1;
  }
}
