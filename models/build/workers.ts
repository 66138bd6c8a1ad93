/** The Workers that the build bundles: their names, configurations, and where their production bundles lie. */
import { join } from 'node:path';

/** The project's root folder. */
export const ROOT = join(import.meta.dirname, '../..');

/** Configuration files relative to the root, by Worker. `floor` and `null` are the benchmark's own. */
export const WORKER_CONFIGS = {
  combined: 'wrangler.toml',
  gateway: 'workers/gateway/wrangler.toml',
  predictor: 'workers/predictor/wrangler.toml',
  floor: 'bench/arms/workers/floor.toml',
  null: 'bench/arms/workers/null.toml',
} as const;

export type WorkerName = keyof typeof WORKER_CONFIGS;

/** Names of all Workers. */
export const WORKER_NAMES = ['combined', 'gateway', 'predictor', 'floor', 'null'] as const satisfies WorkerName[];

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

/** A Worker's configuration file in the build that stands under `root`. */
export function configFile(worker: WorkerName, root = ROOT): string {
  return join(root, WORKER_CONFIGS[worker]);
}
