/** Bakes in a thread: binaryen works for seconds on end, in which the builder has to renew its lock. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Baked, bake } from './bake.ts';
import type { CalibratedModel } from './draws.ts';
import { readPackage } from './onnxruntime.ts';

/** What the thread is given; it answers with what is baked, and tells a text for every step. */
export interface BakeTask {
  readonly models: readonly CalibratedModel[];
  readonly runtime: Baked['runtime'];
}

if (parentPort !== null) {
  const { models, runtime }: BakeTask = workerData;
  const log = (message: string) => parentPort?.postMessage(message);
  parentPort.postMessage(await bake({ models, runtime, ort: readPackage(), log }));
}
