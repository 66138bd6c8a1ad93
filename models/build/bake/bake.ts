/**
 * The baker: specialises onnxruntime-web's wasm to a set of models. It opens their sessions once, puts the memory that
 * holds them into the module, and cuts away what they never reach. A `baked` module has given the stock runtime's answers
 * bit for bit; where it does not, the module is made without the cut: `whole`, with a warning where that differs too.
 */
import { gzipSync } from 'node:zlib';
import { ORT_EXPORTS } from '../../../shared/inference/ort-binding.ts';
import { PAGE_BYTES } from '../../../shared/inference/runtime.ts';
import { type Module as BinaryenModule, readModule } from './binaryen.ts';
import { boundRuns } from './bound-runs.ts';
import type { Calibration } from './calibration.ts';
import type { Capture, CaptureTask } from './capture.ts';
import type { CompareTask, Comparison } from './compare.ts';
import { cutTable } from './cut-table.ts';
import type { CalibratedModel } from './draws.ts';
import { embedSnapshot } from './embed-snapshot.ts';
import { limitExports } from './limit-exports.ts';
import type { OrtPackage } from './onnxruntime.ts';
import { stopClock } from './stop-clock.ts';
import { runThread } from './thread.ts';
import { watchedModule } from './watched-runtime.ts';

/** A module with the models in it. */
export interface Module {
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** Pages of memory that the module starts with. */
  readonly pages: number;
  /** The handle of each model's session, in the models' order. */
  readonly handles: readonly number[];
}

/** What the baker has made. */
export interface Baked extends Module {
  /** `baked` is cut; `whole` has every function, so that nothing can be missing. */
  readonly runtime: 'baked' | 'whole';
  /** What came of each model's calibration, in their order; none where they were not run. */
  readonly calibrations: readonly Calibration[];
  /** How long the first run of each model takes, in milliseconds. */
  readonly firstRunMs: readonly number[];
  /** Why it is `whole` where `baked` was asked for. */
  readonly warning?: string | undefined;
}

export interface BakeOptions {
  readonly runtime: Baked['runtime'];
  readonly models: readonly CalibratedModel[];
  readonly ort: OrtPackage;
  readonly log: (message: string) => void;
}

/** Rejects with the reason when the models cannot be baked, or the module does not answer as the stock runtime does. */
export async function bake(options: BakeOptions): Promise<Baked> {
  if (options.runtime === 'whole') return make(options, await capture(options, false));
  try {
    const captured = await capture(options, true);
    const unknown = captured.calibrations.findIndex(({ isEnough }) => !isEnough);
    const { ran = 0, of = 0, failed = [] } = captured.calibrations[unknown] ?? {};
    if (unknown === -1) return await make(options, captured);
    throw new Error(
      `model ${options.models[unknown]?.card.name}: only ${ran} of ${of} inputs ran, too few to know what it needs ` +
        `(inputs ${failed[0]}); add inputs on which it runs to its examples.json`,
    );
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const warning = `WARNING: the runtime is whole, slower to start by a few times: ${reason}`;
    options.log(warning);
    const whole = await make({ ...options, runtime: 'whole' }, await capture(options, false));
    return { ...whole, warning: [warning, whole.warning ?? []].flat().join('; ') };
  }
}

function capture({ models, ort, log }: BakeOptions, calibrated: boolean): Promise<Capture> {
  log(`opening the sessions${calibrated ? ' and running the calibration' : ''}`);
  const task: CaptureTask = { wasm: watchedModule(ort), exports: ort.exports, models, calibrated };
  return runThread<Capture>(new URL('./capture.ts', import.meta.url), task, log);
}

async function make({ runtime, models, ort, log }: BakeOptions, captured: Capture): Promise<Baked> {
  const { snapshot, handles, entered, calibrations } = captured;
  const keep = Object.fromEntries(ORT_EXPORTS.map((name) => [name, ort.exports[name]]));
  const cut: Pass = ['cut-table', (module) => cutTable(module, { entered, memory: snapshot.memory })];
  const wasm = transform(
    ort.wasm,
    [
      ['stop-clock', stopClock],
      ['embed-snapshot', (module) => embedSnapshot(module, { snapshot, constructors: ort.constructors })],
      ['bound-runs', (module) => boundRuns(module, ort.exports.malloc)],
      ['limit-exports', (module) => limitExports(module, { keep, drop: ort.ortExports })],
      ...(runtime === 'baked' ? [cut] : []),
    ],
    log,
  );
  const made = { wasm, handles, pages: snapshot.memory.byteLength / PAGE_BYTES };
  log('comparing with the stock runtime');
  const task: CompareTask = { made, models, calibrations, stock: { wasm: watchedModule(ort), exports: ort.exports } };
  const { runs, firstRunMs, difference } = await runThread<Comparison>(
    new URL('./compare.ts', import.meta.url),
    task,
    log,
  );
  if (difference !== undefined && runtime === 'baked') throw new Error(difference);
  // Nothing is cut from a whole module, and the build holds it to the golden answers too; but its owner is told.
  const warning =
    difference === undefined ? undefined : `WARNING: an answer differs from the stock runtime's: ${difference}`;
  log(warning ?? `${runs} runs ended bit for bit as on the stock runtime`);
  log(`gzip ${megabytes(gzipSync(wasm, { level: 9 }).byteLength)}`);
  return { ...made, runtime, calibrations, firstRunMs, warning };
}

type Pass = readonly [name: string, apply: (module: BinaryenModule) => void];

/** Applies passes to a module, and says what they made of its size. */
function transform(wasm: Uint8Array, passes: readonly Pass[], log: BakeOptions['log']): Uint8Array<ArrayBuffer> {
  const module = readModule(wasm);
  try {
    for (const [, apply] of passes) apply(module);
    const bytes = new Uint8Array(module.emitBinary());
    const names = passes.map(([name]) => name).join(', ');
    log(`${names}: ${megabytes(wasm.byteLength)} -> ${megabytes(bytes.byteLength)}`);
    return bytes;
  } finally {
    module.dispose();
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
