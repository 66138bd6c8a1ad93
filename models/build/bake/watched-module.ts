/** The module of the watched runtime: the package's own with what watched-runtime.ts asks of it. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../files.ts';
import { ROOT } from '../workers.ts';
import type { OrtPackage } from './onnxruntime.ts';

/** Where the module is kept: apart from what is baked with it, of which old entries are removed. */
const FOLDER = join(ROOT, 'dist/watched');

/** The passes that make the module, and what they depend on. */
const PASSES = [
  'package-lock.json',
  'models/build/bake/{binaryen,bound-runs,expose-state,stop-clock,trace-table,watched-module,watched-runtime}.ts',
  'shared/{limits,inference/baked-runtime}.ts',
];

/** The watched module of an installed release. It is the same for all models, so it is made once and kept. */
export async function watchedModule(ort: OrtPackage): Promise<Uint8Array<ArrayBuffer>> {
  const key = createHash('sha256').update(ort.wasm).update(digestOf(ROOT, PASSES)).digest('hex').slice(0, 32);
  const place = join(FOLDER, `${key}.wasm`);
  if (existsSync(place)) return new Uint8Array(readFileSync(place));
  // Imported only here: loading binaryen takes longer than all else that a probe of a small model does.
  const { watch } = await import('./watch.ts');
  const wasm = watch(ort);
  mkdirSync(FOLDER, { recursive: true });
  const half = `${place}.${process.pid}`;
  writeFileSync(half, wasm);
  renameSync(half, place);
  return wasm;
}
