/**
 * Bundles Workers exactly as a deployment would, by wrangler's own dry run; a bundle that an earlier build made of the same
 * sources is taken instead: a model that is added changes two Workers of six. Entries for Deno and Bun are bundled by the
 * same bundler from the same artefact.
 */
import { type StdioOptions, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { digestOf, WORKER_SOURCES } from './files.ts';
import { type Files, keep, readKept } from './kept-files.ts';
import { bundleFolder, configFile, MODEL_WORKERS, ROOT, siteFolder, type WorkerName } from './workers.ts';

/** Set for the wranglers that a build starts, so that the `[build]` command of a configuration ends at once. */
export const INSIDE_BUILD = 'TANDEM_INSIDE_BUILD';

/** The bundles of four builds, two of the six with a runtime in them. */
const STORE = { folder: join(ROOT, 'dist/bundles'), most: 24 };

/** Writes the production bundle of `worker` in the build under `root`. Rejects with wrangler's own output. */
export async function bundle(worker: WorkerName, root: string): Promise<void> {
  const folder = bundleFolder(worker, root);
  const key = keyOf(worker, root);
  const kept = readKept(STORE, key);
  rmSync(folder, { recursive: true, force: true });
  // wrangler and workerd want it to be there; what is in it does not matter to the bundle.
  mkdirSync(siteFolder(root), { recursive: true });
  if (kept !== undefined) return write(kept, folder);
  await wrangler(['deploy', '--dry-run', '--outdir', folder, '--config', configFile(worker, root)], root);
  keep(STORE, key, read(folder));
}

/** Where a module of the Web's standards has what a Worker imports: in a file beside it. */
const FILES: Plugin = {
  name: 'files',
  setup({ onResolve, onLoad }) {
    const read = { wasm: 'WebAssembly.compile(await file.arrayBuffer())', onnx: 'file.arrayBuffer()' };
    onResolve({ filter: /\.(wasm|onnx)$/, namespace: 'file' }, ({ path, resolveDir }) => {
      return { path, namespace: 'files', pluginData: resolveDir };
    });
    onLoad({ filter: /./, namespace: 'files' }, ({ path, pluginData }) => ({
      resolveDir: pluginData,
      contents: `import path from ${JSON.stringify(path)};
        const file = await fetch(new URL(path, import.meta.url));
        export default await ${path.endsWith('.wasm') ? read.wasm : read.onnx};`,
    }));
  },
};

/** Writes the modules for Deno and Bun in the build under `root`, and what they read beside them. */
export async function bundleDeno(root: string): Promise<void> {
  const { build } = await import('esbuild');
  await build({
    entryPoints: ['combined', 'gateway'].map((name) => join(root, `workers/deno/${name}.ts`)),
    outdir: join(root, 'dist/deno'),
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['browser'],
    target: 'es2024',
    minify: true,
    plugins: [FILES],
    loader: { '.wasm': 'file', '.onnx': 'file' },
    // The glue of onnxruntime-web takes whatever has a `process` for Node.
    define: { process: 'undefined', 'globalThis.process': 'undefined' },
    external: ['module', 'worker_threads'],
    logLevel: 'error',
  });
}

/** A digest of all that decides a bundle. */
function keyOf(worker: WorkerName, root: string): string {
  const artefact = MODEL_WORKERS.includes(worker) ? ['models/dist/*'] : [];
  const sources = [digestOf(ROOT, ['package-lock.json']), digestOf(root, [...WORKER_SOURCES, ...artefact])];
  return createHash('sha256')
    .update(`${worker} ${sources.join(' ')}`)
    .digest('hex')
    .slice(0, 32);
}

/** What is uploaded; wrangler writes a source map and a text beside it, with this machine's folders and the time. */
function read(folder: string): Files {
  const names = readdirSync(folder).filter((name) => /\.(js|wasm|onnx)$/.test(name));
  return new Map(names.map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]));
}

function write(files: Files, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of files) writeFileSync(join(folder, name), content);
}

/** The environment of every wrangler. The banner would ask the network for a newer release. */
function wranglerEnv() {
  return { ...process.env, [INSIDE_BUILD]: '1', WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true' };
}

interface TerminalOptions {
  readonly stdio?: StdioOptions;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
}

/**
 * Runs wrangler in `folder` where somebody may be asked, or `input` is the answer, and sees what it says. Answers its exit
 * code, null for a signal.
 */
export function wranglerAtTerminal(
  args: readonly string[],
  folder: string,
  { stdio = 'inherit', env = {}, ...how }: TerminalOptions = {},
): number | null {
  const { status, error } = spawnSync('wrangler', args, {
    cwd: folder,
    stdio,
    env: { ...wranglerEnv(), ...env },
    ...how,
  });
  if (error !== undefined) throw new Error(`wrangler did not start: ${error.message}`);
  return status;
}

/** Runs wrangler in `folder`, without the `[build]` command of its configuration, and resolves with what it prints. */
export function wrangler(args: readonly string[], folder: string): Promise<string> {
  const child = spawn('wrangler', args, { cwd: folder, env: wranglerEnv(), stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const printed = Buffer.concat(output).toString();
      if (code === 0) resolve(printed);
      else reject(new Error(`wrangler ${args.join(' ')} ended with ${code}:\n${printed}`));
    });
  });
}
