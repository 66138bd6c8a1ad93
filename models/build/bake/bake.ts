/**
 * The baker: specialises onnxruntime-web's wasm to a set of models. It opens their sessions once, puts the memory that
 * holds them into the module, and cuts away what they never reach. What it makes has given the stock runtime's answers
 * bit for bit, or it throws.
 */
import { gzipSync } from 'node:zlib';
import { ORT_EXPORTS } from '../../../shared/inference/ort-binding.ts';
import { PAGE_BYTES } from '../../../shared/inference/runtime.ts';
import { type Module, readModule } from './binaryen.ts';
import type { BakeModel, Capture, CaptureTask } from './capture.ts';
import type { CompareTask } from './compare.ts';
import { cutTable } from './cut-table.ts';
import { embedSnapshot } from './embed-snapshot.ts';
import { exposeState } from './expose-state.ts';
import { limitExports } from './limit-exports.ts';
import type { OrtPackage } from './onnxruntime.ts';
import { stopClock } from './stop-clock.ts';
import { runThread } from './thread.ts';
import { traceTable } from './trace-table.ts';

/** A module with the models in it. */
export interface Baked {
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** Pages of memory that the module starts with. */
  readonly pages: number;
  /** The handle of each model's session, in the models' order. */
  readonly handles: readonly number[];
}

export interface BakeOptions {
  readonly models: readonly BakeModel[];
  readonly ort: OrtPackage;
  readonly log: (message: string) => void;
}

/** Rejects with the reason when the models cannot be baked, or the module does not answer as the stock runtime does. */
export async function bake({ models, ort, log }: BakeOptions): Promise<Baked> {
  const traced = transform(
    ort.wasm,
    [
      ['stop-clock', stopClock],
      ['expose-state', exposeState],
      ['trace-table', traceTable],
    ],
    log,
  );
  log('opening the sessions and running the calibration');
  const task: CaptureTask = { wasm: traced, exports: ort.exports, models };
  const { snapshot, handles, entered } = await runThread<Capture>(new URL('./capture.ts', import.meta.url), task, log);
  log(`${entered.size} table slots entered`);
  const keep = Object.fromEntries(ORT_EXPORTS.map((name) => [name, ort.exports[name]]));
  const wasm = transform(
    ort.wasm,
    [
      ['stop-clock', stopClock],
      ['embed-snapshot', (module) => embedSnapshot(module, { snapshot, constructors: ort.constructors })],
      ['limit-exports', (module) => limitExports(module, { keep, drop: ort.ortExports })],
      ['cut-table', (module) => cutTable(module, entered)],
    ],
    log,
  );
  const baked = { wasm, handles, pages: snapshot.memory.byteLength / PAGE_BYTES };
  log('comparing with the stock runtime');
  const compared: CompareTask = { baked, models, stock: ort.wasm };
  const runs = await runThread<number>(new URL('./compare.ts', import.meta.url), compared, log);
  log(
    `${runs} runs answered bit for bit as the stock runtime; gzip ${megabytes(gzipSync(wasm, { level: 9 }).byteLength)}`,
  );
  return baked;
}

type Pass = readonly [name: string, apply: (module: Module) => void];

/** Applies passes to a module, and says what each made of its size. */
function transform(wasm: Uint8Array, passes: readonly Pass[], log: BakeOptions['log']): Uint8Array<ArrayBuffer> {
  const module = readModule(wasm);
  try {
    let bytes = new Uint8Array(wasm);
    for (const [name, apply] of passes) {
      apply(module);
      const before = bytes.byteLength;
      bytes = new Uint8Array(module.emitBinary());
      log(`${name}: ${megabytes(before)} -> ${megabytes(bytes.byteLength)}`);
    }
    return bytes;
  } finally {
    module.dispose();
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
