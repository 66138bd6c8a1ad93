/** The passes that make the package's module the watched one. */
import { transform } from './binaryen.ts';
import { boundRuns } from './bound-runs.ts';
import { exposeState } from './expose-state.ts';
import type { OrtPackage } from './onnxruntime.ts';
import { stopClock } from './stop-clock.ts';
import { traceTable } from './trace-table.ts';

export function watch(ort: OrtPackage): Uint8Array<ArrayBuffer> {
  return transform(ort.wasm, [stopClock, exposeState, (module) => boundRuns(module, ort.exports.malloc), traceTable]);
}
