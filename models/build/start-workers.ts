/**
 * Starts production bundles on workerd, through Miniflare with the Workers' real configurations. The first Worker's
 * socket is workerd's own: no proxy stands before it. The only place with Miniflare's options.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Miniflare, type MiniflareOptions } from 'miniflare';
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from 'wrangler';
import { bundleFolder, configFile, type WorkerName } from './workers.ts';

/** One Worker to start; `vars` override those of its configuration. */
export interface WorkerStart {
  readonly worker: WorkerName;
  readonly vars?: Readonly<Record<string, string>>;
  /** Replaces the contents of bundle files whose name ends so; tests break models with it. */
  readonly replace?: Readonly<Record<string, Uint8Array>>;
}

export interface StartOptions {
  /** Port of the first Worker; 0, the default, takes a free one. */
  readonly port?: number;
  /** Environment of the workerd process: a mark by which it can be told from others. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface RunningWorkers {
  /** Address of the first Worker. */
  readonly url: URL;
  /** Hands out bindings and Workers, for calls that are not HTTP. */
  readonly miniflare: Miniflare;
  /** Ends the workerd process. */
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';

/** Starts `workers` in one workerd process. The process is ended when the start fails. */
export async function startWorkers(
  workers: readonly WorkerStart[],
  { port = 0, environment = {} }: StartOptions = {},
): Promise<RunningWorkers> {
  if (workers.length === 0) throw new Error('expected at least one Worker to start, got none');
  let log: Readable | undefined;
  const miniflare = new Miniflare({
    workers: connect(workers.map((worker, index) => workerOptions(worker, index === 0 ? port : undefined))),
    cf: false,
    telemetry: { enabled: false },
    unsafeRuntimeEnv: environment,
    handleRuntimeStdio: (stdout: Readable, stderr: Readable) => {
      stdout.resume();
      log = stderr;
    },
  });
  try {
    await miniflare.ready;
    // Only now: when the start fails, the error says why, and workerd's stack dump would bury it.
    log?.on('data', (chunk: Buffer) => process.stderr.write(chunk));
    const url = await miniflare.unsafeGetDirectURL();
    return { url, miniflare, stop: () => miniflare.dispose() };
  } catch (cause) {
    await miniflare.dispose().catch(() => undefined);
    throw cause;
  }
}

type WorkerOptions = Extract<MiniflareOptions, { workers: unknown }>['workers'][number];

function workerOptions({ worker, vars, replace = {} }: WorkerStart, port: number | undefined): WorkerOptions {
  const config = unstable_readConfig({ config: configFile(worker) });
  const { workerOptions } = unstable_getMiniflareWorkerOptions(config);
  const { modulesRules: _, ...options } = workerOptions;
  const folder = bundleFolder(worker);
  return {
    ...options,
    name: config.name ?? worker,
    bindings: { ...options.bindings, ...vars },
    modulesRoot: folder,
    modules: moduleFiles(folder).map((file) => {
      const contents = Object.entries(replace).find(([ending]) => file.endsWith(ending))?.[1];
      return {
        type: moduleType(file),
        path: join(folder, file),
        contents: contents ?? readFileSync(join(folder, file)),
      };
    }),
    ...(port === undefined ? {} : { unsafeDirectSockets: [{ host: HOST, port }] }),
  };
}

/** Drops service bindings whose Worker is not among those started: a gateway may reach its predictor by URL instead. */
function connect(workers: WorkerOptions[]): WorkerOptions[] {
  const started = new Set(workers.map((worker) => worker.name));
  return workers.map(({ serviceBindings = {}, ...worker }) => {
    const connected = Object.entries(serviceBindings).filter(([, target]) => started.has(targetName(target)));
    return { ...worker, serviceBindings: Object.fromEntries(connected) };
  });
}

function targetName(target: unknown): string | undefined {
  return typeof target === 'object' && target !== null && 'name' in target ? String(target.name) : undefined;
}

/** The entry first, then the modules that it imports. */
function moduleFiles(folder: string): string[] {
  const files = readdirSync(folder);
  return [...files.filter((file) => file.endsWith('.js')), ...files.filter((file) => /\.(wasm|onnx)$/.test(file))];
}

function moduleType(file: string): 'ESModule' | 'CompiledWasm' | 'Data' {
  if (file.endsWith('.js')) return 'ESModule';
  return file.endsWith('.wasm') ? 'CompiledWasm' : 'Data';
}
