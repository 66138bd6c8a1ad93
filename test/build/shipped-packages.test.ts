/** The packages that a deployment holds parts of: SECURITY.md lists them with their licences, and NOTICE names them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { ROOT } from '../../models/build/workers.ts';

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

/** Names of the packages that bundles of `entryPoints` have a byte of. */
async function packagesIn(entryPoints: readonly string[]): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [...entryPoints],
    outdir: 'never-written',
    write: false,
    metafile: true,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'browser'],
    external: ['cloudflare:workers', 'module', 'worker_threads'],
    loader: { '.wasm': 'empty', '.onnx': 'empty', '.html': 'empty' },
    logLevel: 'error',
  });
  const files = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  );
  return files.flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!node_modules)/.exec(file)?.[1] ?? []);
}

it('are those that SECURITY.md lists, each with the licence that it states, and NOTICE names', async () => {
  const bundled = await packagesIn([
    'workers/combined/index.ts',
    'workers/gateway/index.ts',
    'workers/predictor/index.ts',
    'workers/deno/combined.ts',
    'workers/deno/gateway.ts',
    'workers/site/playground.ts',
    'workers/site/docs.ts',
    'shared/client.ts',
  ]);
  // Copied whole, for the page of the API's documentation.
  const shipped = [...new Set([...bundled, 'swagger-ui-dist'])].sort();
  const listed = [...read('SECURITY.md').matchAll(/^\| `([^`]+)` \| ([^|]+) \|/gm)];
  expect(listed.map(([, name]) => name)).toEqual(shipped);
  for (const [, name = '', licence] of listed) {
    const { license } = JSON.parse(read(`node_modules/${name}/package.json`));
    expect([name, licence]).toEqual([name, String(license).replace(/^\((.*)\)$/, '$1')]);
    expect(read('NOTICE')).toContain(name);
  }
});
