/**
 * Opens the models once on the watched module, through the package's public API, so that sessions are what every user of
 * the package gets. Takes the snapshot before anything has run, and then runs the calibration through our binding. Runs
 * in a thread of its own, where clock, language and processors are made the same on every machine: what the runtime
 * reads at its start stays in its memory, and two bakes must give the same bytes.
 */
import os from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { explainRun } from '../../../shared/inference/explain-run.ts';
import { versionName } from '../model-name.ts';
import { type Calibration, calibrate, explainCalibration } from './calibration.ts';
import type { CalibratedModel } from './draws.ts';
import type { OrtPackage } from './onnxruntime.ts';
import type { Snapshot } from './snapshot.ts';
import { silenceRuntime } from './thread.ts';
import { createWatchedRuntime } from './watched-runtime.ts';

/** What the thread is given. */
export interface CaptureTask {
  /** The watched module. */
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly exports: OrtPackage['exports'];
  readonly models: readonly CalibratedModel[];
  /** Whether to run the models; without, nothing is known of what they need. */
  readonly calibrated: boolean;
}

/** What it answers. */
export interface Capture {
  readonly snapshot: Snapshot;
  /** The native handle of each model's session, in the models' order. */
  readonly handles: readonly number[];
  /** Slots through which the calibration entered functions. */
  readonly entered: ReadonlySet<number>;
  /** What came of each model's calibration, in their order; none where they were not run. */
  readonly calibrations: readonly Calibration[];
}

async function capture({ wasm, exports, models, calibrated }: CaptureTask): Promise<Capture> {
  const entered = new Set<number>();
  const runtime = createWatchedRuntime({ wasm, exports, onEnter: (slot) => entered.add(slot) });
  for (const { onnx } of models) await runtime.createSession(onnx);
  if (models.length === 0) throw new Error('expected at least one model to bake, got none');
  const snapshot = runtime.freeze();
  entered.clear();
  const { run, handles } = runtime.binding();
  const calibrations: Calibration[] = [];
  for (const [index, model] of (calibrated ? models : []).entries()) {
    parentPort?.postMessage(`calibrating model ${versionName(model.card)}`);
    const calibration = calibrate(model, {
      run: (inputs, outputs) => {
        try {
          run(handles[index] ?? 0, inputs, outputs);
          return undefined;
        } catch (cause) {
          return explainRun(cause) ?? String(cause);
        }
      },
      entered: () => entered.size,
      nowMs: () => Number(process.hrtime.bigint() / 1_000_000n),
    });
    parentPort?.postMessage(`model ${versionName(model.card)}: ${explainCalibration(calibration)}`);
    calibrations.push(calibration);
  }
  return { snapshot, handles, entered, calibrations };
}

/** Makes what the runtime may read of its surroundings the same everywhere. */
function pinSurroundings(): void {
  const now = () => 0;
  Object.defineProperty(Date, 'now', { value: now });
  Object.defineProperty(performance, 'now', { value: now });
  Object.defineProperty(performance, 'timeOrigin', { value: 0 });
  Object.defineProperty(globalThis, 'navigator', { value: { language: 'C', hardwareConcurrency: 1 } });
  Object.defineProperty(os, 'cpus', { value: () => [{}] });
  process.argv[1] = './this.program';
}

if (parentPort !== null) {
  silenceRuntime();
  pinSurroundings();
  parentPort.postMessage(await capture(workerData as CaptureTask));
}
