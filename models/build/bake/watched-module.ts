/** The module of the watched runtime: the package's own with what watched-runtime.ts asks of it. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../files.ts';
import { ROOT } from '../workers.ts';
import { transform } from './binaryen.ts';
import { boundRuns } from './bound-runs.ts';
import { exposeState } from './expose-state.ts';
import type { OrtPackage } from './onnxruntime.ts';
import { stopClock } from './stop-clock.ts';
import { traceTable } from './trace-table.ts';

/** Where the module is kept: apart from what is baked with it, of which old entries are removed. */
const FOLDER = join(ROOT, 'dist/watched');

/** The passes that make the module, and what they depend on. */
const PASSES = ['package-lock.json', 'models/build/bake/*.ts', 'shared/{limits,inference/baked-runtime}.ts'];

/** The watched module of an installed release. It is the same for all models, so it is made once and kept. */
export function watchedModule(ort: OrtPackage): Uint8Array<ArrayBuffer> {
  const key = createHash('sha256').update(ort.wasm).update(digestOf(ROOT, PASSES)).digest('hex').slice(0, 32);
  const place = join(FOLDER, `${key}.wasm`);
  if (existsSync(place)) return new Uint8Array(readFileSync(place));
  const wasm = transform(ort.wasm, [
    stopClock,
    exposeState,
    (module) => boundRuns(module, ort.exports.malloc),
    traceTable,
  ]);
  mkdirSync(FOLDER, { recursive: true });
  const half = `${place}.${process.pid}`;
  writeFileSync(half, wasm);
  renameSync(half, place);
  return wasm;
}
