/** Bakes in a thread: binaryen works for seconds on end, in which the builder has to renew its lock. */
import { parentPort, workerData } from 'node:worker_threads';
import { bake } from './bake.ts';
import type { BakeModel } from './capture.ts';
import { readPackage } from './onnxruntime.ts';

/** What the thread is given; it answers with what is baked, and tells a text for every step. */
export interface BakeTask {
  readonly models: readonly BakeModel[];
}

if (parentPort !== null) {
  const { models }: BakeTask = workerData;
  const log = (message: string) => parentPort?.postMessage(message);
  parentPort.postMessage(await bake({ models, ort: readPackage(), log }));
}
