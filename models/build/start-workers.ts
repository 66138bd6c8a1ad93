/**
 * Starts production bundles on workerd, through Miniflare with the Workers' real configurations. The first Worker's
 * socket is workerd's own: no proxy stands before it. The only place with Miniflare's options.
 */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Miniflare, type MiniflareOptions } from 'miniflare';
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from 'wrangler';
import { bundleFolder, configFile, MODEL_WORKERS, type WorkerName } from './workers.ts';

/** One Worker to start; `vars` override those of its configuration. */
export interface WorkerStart {
  readonly worker: WorkerName;
  /** Root folder of the build to start it from; without one the default build's. */
  readonly root?: string | undefined;
  readonly vars?: Readonly<Record<string, string>>;
  /** Replaces the contents of bundle files whose name ends so; tests break models with it. */
  readonly replace?: Readonly<Record<string, Uint8Array>>;
}

export interface StartOptions {
  /** Port of the first Worker; 0, the default, takes a free one. */
  readonly port?: number;
  /** Environment of the workerd process: a mark by which it can be told from others. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether to listen for an inspector, which slows the Workers down. */
  readonly inspect?: boolean;
  /** Whether to drop what the Workers log. */
  readonly quiet?: boolean;
}

/** What the entrypoint `Meter` of a Worker that holds models answers. */
export interface Meter {
  /** Size of the runtime's WebAssembly memory, in bytes. */
  memory(): Promise<{ readonly wasmBytes: number }>;
}

/** Name of the binding by which a Worker that holds models reaches its own `Meter`. Only here is there such a binding. */
const METER_BINDING = 'METER';

export interface RunningWorkers {
  /** Address of the first Worker. */
  readonly url: URL;
  /** Hands out bindings and Workers, for calls that are not HTTP. */
  readonly miniflare: Miniflare;
  /** Size of a Worker's WebAssembly memory, in bytes; 0 for a Worker without models. */
  wasmBytes(worker: WorkerName): Promise<number>;
  /** Ends the workerd process. */
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';

/** Starts `workers` in one workerd process. The process is ended when the start fails. */
export async function startWorkers(
  workers: readonly WorkerStart[],
  { port = 0, environment = {}, inspect = false, quiet = false }: StartOptions = {},
): Promise<RunningWorkers> {
  if (workers.length === 0) throw new Error('expected at least one Worker to start, got none');
  if (port !== 0) await checkFree(port);
  let log: Readable | undefined;
  const miniflare = new Miniflare({
    workers: connect(workers.map((worker, index) => workerOptions(worker, index === 0 ? port : undefined))),
    cf: false,
    telemetry: { enabled: false },
    unsafeRuntimeEnv: environment,
    ...(inspect ? { inspectorPort: 0 } : {}),
    handleRuntimeStdio: (stdout: Readable, stderr: Readable) => {
      stdout.resume();
      log = stderr;
    },
  });
  try {
    await miniflare.ready;
    // Only now: when the start fails, the error says why, and workerd's stack dump would bury it.
    if (quiet) log?.resume();
    else log?.on('data', (chunk: Buffer) => process.stderr.write(chunk));
    const url = await miniflare.unsafeGetDirectURL();
    return { url, miniflare, wasmBytes: (worker) => wasmBytes(miniflare, worker), stop: () => miniflare.dispose() };
  } catch (cause) {
    await miniflare.dispose().catch(() => undefined);
    throw cause;
  }
}

/** Rejects where the port is taken: what workerd says of it may come too late for the error of a failed start. */
async function checkFree(port: number): Promise<void> {
  const server = createServer().listen(port, HOST);
  try {
    await once(server, 'listening');
  } catch {
    throw new Error(`expected a free port, got one that is in use (${HOST}:${port})`);
  }
  server.close();
  await once(server, 'close');
}

async function wasmBytes(miniflare: Miniflare, worker: WorkerName): Promise<number> {
  if (!MODEL_WORKERS.includes(worker)) return 0;
  const { [METER_BINDING]: meter } = await miniflare.getBindings<Record<typeof METER_BINDING, Meter>>(nameOf(worker));
  return (await meter.memory()).wasmBytes;
}

/** The name under which a Worker is deployed. */
export function nameOf(worker: WorkerName, root?: string): string {
  return unstable_readConfig({ config: configFile(worker, root) }).name ?? worker;
}

type WorkerOptions = Extract<MiniflareOptions, { workers: unknown }>['workers'][number];

function workerOptions({ worker, root, vars, replace = {} }: WorkerStart, port: number | undefined): WorkerOptions {
  const config = unstable_readConfig({ config: configFile(worker, root) });
  const { workerOptions } = unstable_getMiniflareWorkerOptions(config);
  const { modulesRules: _, ...options } = workerOptions;
  const folder = bundleFolder(worker, root);
  const name = config.name ?? worker;
  const meter = MODEL_WORKERS.includes(worker) ? { [METER_BINDING]: { name, entrypoint: 'Meter' } } : {};
  return {
    ...options,
    name,
    serviceBindings: { ...options.serviceBindings, ...meter },
    bindings: { ...options.bindings, ...vars },
    modulesRoot: folder,
    modules: modulesOf(folder).map(({ type, file }) => {
      const contents = Object.entries(replace).find(([ending]) => file.endsWith(ending))?.[1];
      return { type, path: join(folder, file), contents: contents ?? readFileSync(join(folder, file)) };
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

/** The modules of a production bundle: the entry first, then what it imports. */
export function modulesOf(folder: string): { readonly file: string; readonly type: ModuleType }[] {
  const files = readdirSync(folder);
  const modules = [
    ...files.filter((file) => file.endsWith('.js')),
    ...files.filter((file) => /\.(wasm|onnx)$/.test(file)),
  ];
  return modules.map((file) => ({ file, type: moduleType(file) }));
}

type ModuleType = 'ESModule' | 'CompiledWasm' | 'Data';

function moduleType(file: string): ModuleType {
  if (file.endsWith('.js')) return 'ESModule';
  return file.endsWith('.wasm') ? 'CompiledWasm' : 'Data';
}
