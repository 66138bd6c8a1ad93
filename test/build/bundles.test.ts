/** What is uploaded: contents of the production bundles, configurations, generated types. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from 'wrangler';
import { RUNTIME_WASM } from '../../models/build/artefact.ts';
import { build } from '../../models/build/build.ts';
import { INSIDE_BUILD } from '../../models/build/bundle.ts';
import { versionName } from '../../models/build/model-name.ts';
import {
  bundleFolder,
  configFile,
  ROOT,
  readConfig,
  WORKER_CONFIGS,
  WORKER_NAMES,
} from '../../models/build/workers.ts';
import { CARDS } from '../support/models.ts';
import { run } from '../support/run.ts';

const BYTES_PER_KB = 1000;

const pickService = ({ binding, service }: { binding: string; service: string }) => ({ binding, service });

function files(worker: 'combined' | 'gateway' | 'predictor', root?: string): string[] {
  return readdirSync(bundleFolder(worker, root)).filter((file) => !/\.(map|md)$/.test(file));
}

it('the gateway ships no wasm, no model and less than 150 KB', () => {
  expect(files('gateway')).toEqual(['index.js']);
  expect(statSync(join(bundleFolder('gateway'), 'index.js')).size).toBeLessThan(150 * BYTES_PER_KB);
  expect(readFileSync(join(bundleFolder('gateway'), 'index.js'), 'utf8')).not.toMatch(/auto-mpg|OrtRun|wasmBinary/);
});

describe.each(['combined', 'predictor'] as const)('the %s Worker', (worker) => {
  it('ships one baked runtime, which holds the models, and none of their files', () => {
    expect(files(worker).filter((file) => !file.endsWith('.js'))).toEqual([expect.stringMatching(/-runtime\.wasm$/)]);
  });

  it('ships the stock runtime and every model where that is asked for', async () => {
    const { root } = await build({ runtime: 'stock' });
    const shipped = files(worker, root).map((file) => file.replace(/^[0-9a-f]+-/, ''));
    const models = CARDS.map((card) => `${versionName(card)}.onnx`);
    expect(shipped.sort()).toEqual(['index.js', 'runtime.wasm', ...models].sort());
    const runtime = files(worker, root).find((file) => file.endsWith('.wasm')) ?? '';
    expect(statSync(join(bundleFolder(worker, root), runtime)).size).toBe(statSync(RUNTIME_WASM).size);
  });
});

it('no bundle needs Node', () => {
  for (const worker of ['combined', 'gateway', 'predictor'] as const) {
    expect(unstable_readConfig({ config: configFile(worker) }).compatibility_flags).toEqual([]);
    const code = readFileSync(join(bundleFolder(worker), 'index.js'), 'utf8');
    expect(code).not.toMatch(/from\s*["']node:/);
  }
});

describe('the configurations', () => {
  it.each(WORKER_NAMES)('of %s are read as wrangler reads them, and bind nothing else', (worker) => {
    const config = unstable_readConfig({ config: configFile(worker) });
    const { name, compatibility_date, compatibility_flags, vars, ratelimits } = config;
    const services = config.services?.map(pickService) ?? [];
    const assets = config.assets?.directory && { directory: config.assets.directory };
    const read = { name, compatibility_date, compatibility_flags, vars, services, ratelimits, assets };
    expect(readConfig(worker)).toEqual(read);
    const { workerOptions, externalWorkers } = unstable_getMiniflareWorkerOptions(config);
    const none = {
      modulesRules: undefined,
      bindings: undefined,
      serviceBindings: undefined,
      email: undefined,
      assets: undefined,
      ratelimits: undefined,
    };
    const others = Object.entries({ ...workerOptions, ...none }).filter(([key]) => !key.startsWith('compatibility'));
    expect(others.filter(([, value]) => Object.keys(value ?? {}).length > 0)).toEqual([]);
    expect([workerOptions.email, externalWorkers]).toEqual([{ send_email: [] }, []]);
  });

  it('give the site to the public Workers, which have no binding to it, and keep the API out of its files', () => {
    const api = ['/predict', '/models/*', '/v1/*', '/v2/*'];
    for (const worker of WORKER_NAMES) {
      const { assets } = unstable_readConfig({ config: configFile(worker) });
      const { directory, ...options } = assets ?? {};
      if (!['combined', 'gateway'].includes(worker)) expect(assets).toBeUndefined();
      else expect(options).toEqual({ run_worker_first: api });
      if (directory !== undefined) expect(join(configFile(worker), '..', directory)).toBe(join(ROOT, 'dist/site'));
    }
  });

  it('give the predictor no public route', () => {
    const config = unstable_readConfig({ config: configFile('predictor') });
    expect(config.workers_dev).toBe(false);
    expect(config.preview_urls).toBe(false);
    expect(config.routes ?? []).toEqual([]);
    expect(config.route).toBeUndefined();
  });

  it.each(['combined', 'gateway', 'predictor'] as const)('of %s give no version an address of its own', (worker) => {
    expect(unstable_readConfig({ config: configFile(worker) }).preview_urls).toBe(false);
  });

  it('bind the gateway to the predictor by its name', () => {
    const gateway = unstable_readConfig({ config: configFile('gateway') });
    const predictor = unstable_readConfig({ config: configFile('predictor') });
    expect(gateway.services?.map(({ service }: { service: string }) => service)).toEqual([predictor.name]);
  });

  it.each(['combined', 'predictor'] as const)('of %s builds first and watches the folder of all models', (worker) => {
    const { build } = unstable_readConfig({ config: configFile(worker) });
    expect(build.command).toBe('npm run -s build');
    expect([build.watch_dir ?? []].flat().map((folder) => relative(ROOT, folder))).toEqual(['models']);
  });

  it('set no compatibility date later than the workerd in the tree', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules/workerd/package.json'), 'utf8'));
    for (const worker of WORKER_NAMES) {
      const date = unstable_readConfig({ config: configFile(worker) }).compatibility_date?.replaceAll('-', '') ?? '';
      expect(Number(date)).toBeLessThanOrEqual(Number(String(version).split('.')[1]));
    }
  });
});

it.each([
  ['combined', ['combined']],
  ['gateway', ['gateway', 'predictor']],
  ['predictor', ['predictor']],
] as const)('the types of Env of %s are what wrangler makes of its configuration', async (worker, workers) => {
  const configs = workers.map((name) => `--config=${WORKER_CONFIGS[name]}`);
  const options = ['--check', '--include-runtime=false', '--strict-vars=false'];
  const args = ['types', `workers/${worker}/env.d.ts`, ...options, ...configs];
  expect((await run('wrangler', args, { [INSIDE_BUILD]: '1' })).stdout).toContain('are up to date');
});

it('there is one workerd, one miniflare and one esbuild in the tree', async () => {
  const { stdout } = await run('npm', ['ls', '--all', '--json', 'workerd', 'miniflare', 'esbuild']);
  const versions = (name: string) =>
    new Set(
      [...stdout.matchAll(new RegExp(`"${name}": \\{\\s*"version": "([^"]+)"`, 'g'))].map(([, version]) => version),
    );
  for (const name of ['workerd', 'miniflare', 'esbuild']) expect(versions(name).size).toBe(1);
});

it('the lock file names no place to download from', () => {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  for (const entry of Object.values<object>(packages)) expect(entry).not.toHaveProperty('resolved');
});

it('the lock file is whole: npm ci accepts it', async () => {
  expect((await run('npm', ['ci', '--dry-run', '--ignore-scripts'])).code).toBe(0);
});

it('every dependency has an exact version', () => {
  const text = readFileSync(join(ROOT, 'package.json'), 'utf8');
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(text);
  for (const version of Object.values({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
    expect(version).toMatch(/^\d+\.\d+\.\d+(-\d+)?$/);
  }
});
