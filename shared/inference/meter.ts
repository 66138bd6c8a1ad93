/** What a Worker that holds models uses of its isolate, for a binding of `serve`, `limits` and the tests; no route reaches it. */
import { WorkerEntrypoint } from 'cloudflare:workers';
import type { LocalPredictor } from './local-predictor.ts';

/** The entrypoint over `predictor`. */
export function createMeter(predictor: LocalPredictor) {
  return class Meter extends WorkerEntrypoint {
    /** Size of the runtime's WebAssembly memory, in bytes; 0 when the runtime did not start. */
    memory() {
      return predictor.memory();
    }
  };
}
