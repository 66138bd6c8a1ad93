/**
 * What is looked at before anything is uploaded. Of the limits only the size, which takes no time: the build has already
 * run every model on workerd, and memory and CPU, which `npm run limits` measures, need a minute and a quiet machine.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { readManifest } from '../models/build/build.ts';
import { wrangler } from '../models/build/bundle.ts';
import { mebibytes, WORKER_BYTES } from '../models/build/isolate-limits.ts';
import { bundleFolder, modulesOf, readConfig, WORKER_CONFIGS, type WorkerName } from '../models/build/workers.ts';

/** Throws for a build on the stock runtime: one request can end its models. */
export function checkRuntime(root: string): void {
  const { runtime, warning } = readManifest({ root });
  if (runtime !== 'stock') return;
  const why = warning === undefined ? '' : ` (${warning})`;
  const remedy = warning === undefined ? 'add --runtime whole' : 'mend what the warning says';
  throw new Error(
    `expected a build whose runtime can be reset, got one with the stock runtime${why}: one request on which a model breaks ` +
      `off ends every model of its isolate; ${remedy}, or add --allow-stock if that is meant`,
  );
}

/** The size of a Worker in words. Throws when Cloudflare takes none so large. */
export function checkSize(worker: WorkerName, root: string): string {
  const folder = bundleFolder(worker, root);
  const bytes = modulesOf(folder).reduce((sum, { file }) => sum + statSync(join(folder, file)).size, 0);
  const size = `${readConfig(worker, root).name}: ${mebibytes(bytes)} of ${mebibytes(WORKER_BYTES)}`;
  if (bytes <= WORKER_BYTES) return size;
  throw new Error(`${size}; expected a smaller Worker: serve fewer models with --models a,b`);
}

/** Throws when the gateway calls a Worker of another name than its predictor has. */
export function checkNames(root: string): void {
  const { name } = readConfig('predictor', root);
  const services = readConfig('gateway', root).services.map(({ service }) => service);
  if (services.includes(name)) return;
  throw new Error(
    `${WORKER_CONFIGS.gateway}, services: expected the predictor's name, "${name}", got "${services.join('", "')}"`,
  );
}

/** The secret that holds what API keys are compared with. */
const KEYS_SECRET = 'API_KEYS';

/** Whether a Worker that is there has keys to ask for. */
export async function hasKeys(worker: WorkerName, root: string): Promise<boolean> {
  const secrets = await wrangler(['secret', 'list', '--name', readConfig(worker, root).name], root).catch(() => '');
  return secrets.includes(`"${KEYS_SECRET}"`);
}
