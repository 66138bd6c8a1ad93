/**
 * Opens the models once on the traced module, through the package's public API, so that sessions are what every user of
 * the package gets. Takes the snapshot before anything has run, and then runs the calibration through our binding. Runs
 * in a thread of its own, where clock, language and processors are made the same on every machine: what the runtime
 * reads at its start stays in its memory, and two bakes must give the same bytes.
 */
import os from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { type Binding, createBinding, type OrtExports } from '../../../shared/inference/ort-binding.ts';
import { memoryIn, RunRefused } from '../../../shared/inference/runtime.ts';
import { createInstantiatedRuntime } from '../../../shared/inference/stock-runtime.ts';
import type { ModelCard } from '../../../shared/model-card.ts';
import type { Tensor } from '../../../shared/tensor.ts';
import { calibrationInputs, outputChoices } from './calibration.ts';
import { GLOBAL_PREFIX } from './expose-state.ts';
import type { OrtPackage } from './onnxruntime.ts';
import type { Snapshot } from './snapshot.ts';
import { TRACE_IMPORT } from './trace-table.ts';

/** A model to bake. */
export interface BakeModel {
  readonly card: ModelCard;
  readonly onnx: Uint8Array;
  /** Inputs that the model is known to be used with, such as those of its golden file. */
  readonly samples: readonly (readonly Tensor[])[];
}

/** What the thread is given. */
export interface CaptureTask {
  /** The module after the passes `exposeState` and `traceTable`. */
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly exports: OrtPackage['exports'];
  readonly models: readonly BakeModel[];
}

/** What it answers. */
export interface Capture {
  readonly snapshot: Snapshot;
  /** The native handle of each model's session, in the models' order. */
  readonly handles: readonly number[];
  /** Slots through which the calibration entered functions. */
  readonly entered: ReadonlySet<number>;
}

async function capture({ wasm, exports, models }: CaptureTask): Promise<Capture> {
  const module = new WebAssembly.Module(wasm);
  const handles: number[] = [];
  const entered = new Set<number>();
  let memory: WebAssembly.Memory | undefined;
  let instance: WebAssembly.Instance | undefined;
  const runtime = createInstantiatedRuntime((imports) => {
    memory = memoryIn(imports);
    const trace = { [TRACE_IMPORT.name]: (slot: number) => entered.add(slot) };
    instance = new WebAssembly.Instance(module, { ...imports, [TRACE_IMPORT.module]: trace });
    return { exports: { ...instance.exports, [exports.OrtCreateSession]: recording(instance, memory) } };
  });
  /** Records handles, and wipes the model's bytes, which the runtime has copied what it needs of. */
  const recording = (made: WebAssembly.Instance, heap: WebAssembly.Memory) => {
    const create = made.exports[exports.OrtCreateSession] as (...args: number[]) => number;
    return (...args: number[]) => {
      const handle = create(...args);
      if (handle !== 0) handles.push(handle);
      const [pointer = 0, bytes = 0] = args;
      new Uint8Array(heap.buffer).fill(0, pointer, pointer + bytes);
      return handle;
    };
  };
  for (const { onnx } of models) await runtime.createSession(onnx);
  if (memory === undefined || instance === undefined) throw new Error('expected at least one model to bake, got none');
  const snapshot = takeSnapshot(memory, instance.exports);
  entered.clear();
  const ort = Object.fromEntries(
    Object.entries(exports).map(([name, minified]) => [name, instance?.exports[minified]]),
  );
  const binding = createBinding(ort as unknown as OrtExports, memory);
  for (const [index, model] of models.entries()) calibrate(binding, handles[index] ?? 0, model);
  return { snapshot, handles, entered };
}

function takeSnapshot(memory: WebAssembly.Memory, exports: WebAssembly.Exports): Snapshot {
  const copy = new Uint8Array(memory.buffer.byteLength);
  copy.set(new Uint8Array(memory.buffer));
  const globals = Object.entries(exports).flatMap(([name, value]) =>
    value instanceof WebAssembly.Global && name.startsWith(GLOBAL_PREFIX)
      ? [[name.slice(GLOBAL_PREFIX.length), Number(value.value)] as const]
      : [],
  );
  return { memory: copy, globals: Object.fromEntries(globals) };
}

/** Makes every run of the calibration on every choice of outputs. */
function calibrate(binding: Binding, handle: number, model: BakeModel): void {
  const { card, samples } = model;
  parentPort?.postMessage(`calibrating model ${card.name}`);
  for (const inputs of [...samples, ...calibrationInputs(model)]) {
    for (const outputs of outputChoices(card)) {
      try {
        binding.run(handle, inputs, outputs);
      } catch (cause) {
        if (!(cause instanceof RunRefused)) throw new Error(`model ${card.name} broke off: ${cause}`, { cause });
      }
    }
  }
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
  pinSurroundings();
  parentPort.postMessage(await capture(workerData as CaptureTask));
}
