import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkNames, checkSize } from '../../deploy/preflight.ts';
import { configFile, ROOT } from '../../models/build/workers.ts';

/** A build with nothing in it but what is written here. */
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tandem-build-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function config(worker: 'combined' | 'gateway' | 'predictor', name: string, more = ''): void {
  write(configFile(worker, root), `name = "${name}"\ncompatibility_date = "2026-07-30"\n${more}`);
}

it('a gateway that calls a Worker of another name than its predictor is refused before an upload', () => {
  config('predictor', 'mine');
  config('gateway', 'edge', '[[services]]\nbinding = "PREDICTOR"\nservice = "tandem-predictor"\n');
  expect(() => checkNames(root)).toThrow(
    'workers/gateway/wrangler.toml, services: expected the predictor\'s name, "mine", got "tandem-predictor"',
  );
  expect(() => checkNames(ROOT)).not.toThrow();
});

it('a Worker over the size that Cloudflare takes is refused, and what to do is said', () => {
  config('combined', 'large');
  write(join(root, 'dist/combined/index.js'), 'export {}');
  expect(checkSize('combined', root)).toBe('large: 0.0 MiB of 64.0 MiB');
  write(join(root, 'dist/combined/runtime.wasm'), '');
  truncateSync(join(root, 'dist/combined/runtime.wasm'), 64 * 2 ** 20);
  expect(() => checkSize('combined', root)).toThrow(/large: 64\.0 MiB of 64\.0 MiB; expected .* --models a,b/);
});
