/**
 * The baker: specialises onnxruntime-web's wasm to a set of models. It opens their sessions once, puts the memory that
 * holds them into the module, and cuts away what they never reach. A `baked` module has given the stock runtime's answers
 * bit for bit; where it does not, the module is made without the cut: `whole`, with a warning where that differs too.
 */
import { gzipSync } from 'node:zlib';
import { PAGE_BYTES } from '../../../shared/inference/runtime.ts';
import { versionName } from '../model-name.ts';
import type { Calibration } from './calibration.ts';
import type { Capture, CaptureTask } from './capture.ts';
import type { CompareTask, Comparison } from './compare.ts';
import type { CalibratedModel } from './draws.ts';
import type { ModuleTask } from './module-thread.ts';
import type { OrtPackage } from './onnxruntime.ts';
import { runThread } from './thread.ts';

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

interface Making extends BakeOptions {
  /** The watched module. */
  readonly watched: Uint8Array<ArrayBuffer>;
}

/** Rejects with the reason when the models cannot be baked, or the module does not answer as the stock runtime does. */
export async function bake(asked: BakeOptions): Promise<Baked> {
  const options: Making = { ...asked, watched: await makeModule({ ort: asked.ort }) };
  if (options.runtime === 'whole') return make(options, await capture(options, false));
  try {
    const captured = await capture(options, true);
    const unknown = captured.calibrations.findIndex(({ isEnough }) => !isEnough);
    const { ran = 0, of = 0, failed = [] } = captured.calibrations[unknown] ?? {};
    const model = options.models[unknown];
    if (model === undefined) return await make(options, captured);
    throw new Error(
      `model ${versionName(model.card)}: only ${ran} of ${of} inputs ran, too few to know what it needs ` +
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

/** A module by binaryen: the watched one, or one with a state in it. */
function makeModule(task: ModuleTask): Promise<Uint8Array<ArrayBuffer>> {
  return runThread(new URL('./module-thread.ts', import.meta.url), task);
}

function capture({ models, ort, watched, log }: Making, calibrated: boolean): Promise<Capture> {
  log(`opening the sessions${calibrated ? ' and running the calibration' : ''}`);
  const task: CaptureTask = { wasm: watched, exports: ort.exports, models, calibrated };
  return runThread<Capture>(new URL('./capture.ts', import.meta.url), task, log);
}

async function make({ runtime, models, ort, watched, log }: Making, captured: Capture): Promise<Baked> {
  const { snapshot, handles, entered, calibrations } = captured;
  log('making the module');
  const wasm = await makeModule({ ort, state: { snapshot, entered: runtime === 'baked' ? entered : null } });
  log(`module: ${megabytes(ort.wasm.byteLength)} -> ${megabytes(wasm.byteLength)}`);
  const made = { wasm, handles, pages: snapshot.memory.byteLength / PAGE_BYTES };
  log('comparing with the stock runtime');
  const task: CompareTask = { made, models, calibrations, stock: { wasm: watched, exports: ort.exports } };
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

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
