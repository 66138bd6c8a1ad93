/**
 * Starts production bundles on workerd, through Miniflare with the Workers' real configurations. The first Worker's
 * socket is workerd's own: no proxy stands before it. The only place with Miniflare's options.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Miniflare, type MiniflareOptions } from 'miniflare';
import { bundleFolder, MODEL_WORKERS, modulesOf, readConfig, type WorkerName, type WorkerStart } from './workers.ts';

export interface MiniflareStart extends WorkerStart {
  /** Replaces the contents of bundle files whose name ends so; tests break models with it. */
  readonly replace?: Readonly<Record<string, Uint8Array>>;
}

export interface StartOptions {
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

/** Starts `workers` in one workerd process. The process is ended when the start fails. */
export async function startWorkers(
  workers: readonly MiniflareStart[],
  { inspect = false, quiet = false }: StartOptions = {},
): Promise<RunningWorkers> {
  if (workers.length === 0) throw new Error('expected at least one Worker to start, got none');
  let log: Readable | undefined;
  const miniflare = new Miniflare({
    workers: connect(workers.map((worker, index) => workerOptions(worker, index === 0))),
    cf: false,
    telemetry: { enabled: false },
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

async function wasmBytes(miniflare: Miniflare, worker: WorkerName): Promise<number> {
  if (!MODEL_WORKERS.includes(worker)) return 0;
  const { [METER_BINDING]: meter } = await miniflare.getBindings<Record<typeof METER_BINDING, Meter>>(
    readConfig(worker).name,
  );
  return (await meter.memory()).wasmBytes;
}

type WorkerOptions = Extract<MiniflareOptions, { workers: unknown }>['workers'][number];

function workerOptions({ worker, root, vars, replace = {} }: MiniflareStart, isFirst: boolean): WorkerOptions {
  const config = readConfig(worker, root);
  const { name, services, ratelimits } = config;
  const folder = bundleFolder(worker, root);
  const meter = MODEL_WORKERS.includes(worker) ? { [METER_BINDING]: { name, entrypoint: 'Meter' } } : {};
  return {
    name,
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
    serviceBindings: { ...Object.fromEntries(services.map(({ binding, service }) => [binding, service])), ...meter },
    bindings: { ...config.vars, ...vars },
    ratelimits: Object.fromEntries(ratelimits.map(({ name, ...limit }) => [name, limit])),
    modulesRoot: folder,
    modules: modulesOf(folder).map(({ type, file }) => {
      const contents = Object.entries(replace).find(([ending]) => file.endsWith(ending))?.[1];
      return { type, path: join(folder, file), contents: contents ?? readFileSync(join(folder, file)) };
    }),
    ...(isFirst ? { unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] } : {}),
  };
}

/** Drops service bindings whose Worker is not among those started: a gateway may reach its predictor by URL instead. */
function connect(workers: WorkerOptions[]): WorkerOptions[] {
  const started = new Set<unknown>(workers.map((worker) => worker.name));
  return workers.map(({ serviceBindings = {}, ...worker }) => {
    const connected = Object.entries(serviceBindings).filter(([, target]) => started.has(targetName(target)));
    return { ...worker, serviceBindings: Object.fromEntries(connected) };
  });
}

function targetName(target: unknown): unknown {
  return typeof target === 'object' && target !== null && 'name' in target ? target.name : target;
}
