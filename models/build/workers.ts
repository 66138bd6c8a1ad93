/** The Workers that the build bundles: their names, configurations, and where their production bundles lie. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Limits, readLimits } from '../../shared/limits.ts';

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

/** The largest limits of a request that the configurations of the public Workers, and of the predictor for rows, set. */
export function workerLimits(): Limits {
  const [combined, gateway, predictor] = (['combined', 'gateway', 'predictor'] as const).map((worker) => {
    const text = readFileSync(configFile(worker), 'utf8');
    const vars = [...text.matchAll(/^(MAX_BODY_BYTES|MAX_ROWS)\s*=\s*"(\d+)"/gm)].map(([, name, value]) => [
      name,
      value,
    ]);
    return readLimits(Object.fromEntries(vars));
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

/** A Worker's configuration file in the build that stands under `root`. */
export function configFile(worker: WorkerName, root = ROOT): string {
  return join(root, WORKER_CONFIGS[worker]);
}
