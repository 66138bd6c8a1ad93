/**
 * Makes modules with binaryen in a thread of its own, which ends with each: a module of 14 MB takes hundreds of megabytes
 * there, and a WebAssembly memory never shrinks.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { ORT_EXPORTS } from '../../../shared/inference/ort-exports.ts';
import { transform } from './binaryen.ts';
import { boundRuns } from './bound-runs.ts';
import { cutTable } from './cut-table.ts';
import { embedSnapshot } from './embed-snapshot.ts';
import { limitExports } from './limit-exports.ts';
import type { OrtPackage } from './onnxruntime.ts';
import type { Snapshot } from './snapshot.ts';
import { stopClock } from './stop-clock.ts';
import { watchedModule } from './watched-module.ts';

/** What the thread is given; it answers with the bytes of the module. */
export interface ModuleTask {
  readonly ort: OrtPackage;
  /** What is put into the module; without it the watched one is made. */
  readonly state?: ModuleState;
}

export interface ModuleState {
  readonly snapshot: Snapshot;
  /** Slots of the functions to keep, with their families; all are kept where there is none. */
  readonly entered: ReadonlySet<number> | null;
}

function bakedModule(ort: OrtPackage, { snapshot, entered }: ModuleState): Uint8Array<ArrayBuffer> {
  const keep = Object.fromEntries(ORT_EXPORTS.map((name) => [name, ort.exports[name]]));
  return transform(ort.wasm, [
    stopClock,
    (module) => embedSnapshot(module, { snapshot, constructors: ort.constructors }),
    (module) => boundRuns(module, ort.exports.malloc),
    (module) => limitExports(module, { keep, drop: ort.ortExports }),
    (module) => (entered === null ? undefined : cutTable(module, { entered, memory: snapshot.memory })),
  ]);
}

if (parentPort !== null) {
  const { ort, state }: ModuleTask = workerData;
  parentPort.postMessage(state === undefined ? await watchedModule(ort) : bakedModule(ort, state));
}
