/** Reads an ONNX file from disk as far as its size allows. */
import { readFileSync, statSync } from 'node:fs';
import { mebibytes, WORKER_BYTES } from './isolate-limits.ts';

/** The bytes. Throws when there is no such file or a Worker could not hold it. */
export function readModelFile(file: string): Uint8Array {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) throw new Error('expected an ONNX file, got no file of that name; check the path');
  if (!stats.isFile())
    throw new Error('expected an ONNX file, got something that is no file; give the .onnx file itself');
  if (stats.size > WORKER_BYTES) {
    const limit = `at most ${mebibytes(WORKER_BYTES)}, the size limit of a Worker`;
    throw new Error(`expected ${limit}, got ${mebibytes(stats.size)}; quantise or prune the model`);
  }
  return readFileSync(file);
}
