/** The Workers that the build bundles: their names, configurations, and where their production bundles lie. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import * as v from 'valibot';
import { type Limits, readLimits } from '../../shared/limits.ts';

/** The project's root folder. */
export const ROOT = join(import.meta.dirname, '../..');

/** Configuration files relative to the root, by Worker. `floor`, `bare` and `null` are the benchmark's own. */
export const WORKER_CONFIGS = {
  combined: 'wrangler.toml',
  gateway: 'workers/gateway/wrangler.toml',
  predictor: 'workers/predictor/wrangler.toml',
  floor: 'bench/arms/workers/floor.toml',
  bare: 'bench/arms/workers/bare.toml',
  null: 'bench/arms/workers/null.toml',
} as const;

export type WorkerName = keyof typeof WORKER_CONFIGS;

/** Names of all Workers. */
export const WORKER_NAMES = Object.keys(WORKER_CONFIGS).filter(isWorkerName);

/** The largest limits of a request that the configurations of the public Workers, and of the predictor for rows, set. */
export function workerLimits(): Limits {
  const [combined, gateway, predictor] = (['combined', 'gateway', 'predictor'] as const).map((worker) => {
    return readLimits(readConfig(worker).vars);
  });
  const most = (...values: (number | undefined)[]) => Math.max(...values.map((value) => value ?? 0));
  return {
    maxBodyBytes: most(combined?.maxBodyBytes, gateway?.maxBodyBytes),
    maxRows: most(combined?.maxRows, predictor?.maxRows),
  };
}

/** Workers that hold models. Each has the named entrypoint `Meter`. */
export const MODEL_WORKERS: readonly WorkerName[] = ['combined', 'predictor'];

export function isWorkerName(name: string): name is WorkerName {
  return Object.hasOwn(WORKER_CONFIGS, name);
}

/**
 * The folder of a Worker's production bundle, as `wrangler deploy --dry-run --outdir` writes it, in the build that
 * stands under `root`.
 */
export function bundleFolder(worker: WorkerName, root = ROOT): string {
  return join(root, 'dist', worker);
}

/** The pages, the documentation and the client in the build that stands under `root`. */
export function siteFolder(root: string): string {
  return join(root, 'dist/site');
}

/** A Worker's configuration file in the build that stands under `root`. */
export function configFile(worker: WorkerName, root = ROOT): string {
  return join(root, WORKER_CONFIGS[worker]);
}

/** A service that a Worker calls by the name of its binding: another Worker, or a class that it exports. */
export const ServiceBinding = v.object({
  binding: v.string(),
  service: v.string(),
  entrypoint: v.optional(v.string()),
});

/** A rate limit, by the name of its binding: requests in so many seconds. */
const RateLimit = v.object({
  name: v.string(),
  namespace_id: v.string(),
  simple: v.object({ limit: v.number(), period: v.picklist([10, 60]) }),
});

/** What is read of a Worker's configuration where wrangler itself would take two seconds. */
const WorkerConfig = v.object({
  name: v.string(),
  compatibility_date: v.string(),
  compatibility_flags: v.optional(v.array(v.string()), []),
  vars: v.optional(v.record(v.string(), v.string()), {}),
  services: v.optional(v.array(ServiceBinding), []),
  ratelimits: v.optional(v.array(RateLimit), []),
  assets: v.optional(v.object({ directory: v.string() })),
});

/** A Worker's configuration in the build that stands under `root`. Throws when it is none. */
export function readConfig(worker: WorkerName, root?: string): v.InferOutput<typeof WorkerConfig> {
  return v.parse(WorkerConfig, parse(readFileSync(configFile(worker, root), 'utf8')));
}

/** The name at Cloudflare of a predictor on trial. */
export function canaryName(): string {
  return `${readConfig('predictor').name}-canary`;
}

/** One Worker to start; `vars` override those of its configuration. */
export interface WorkerStart {
  readonly worker: WorkerName;
  /** Root folder of the build to start it from; without one the default build's. */
  readonly root?: string | undefined;
  readonly vars?: Readonly<Record<string, string>>;
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
