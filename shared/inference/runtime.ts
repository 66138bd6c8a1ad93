/**
 * The only importer of onnxruntime-web. It gives the package a compiled module, which its public API has no option
 * for, and offers sessions that speak in our tensors.
 *
 * How the runtime starts, once an isolate:
 *  1. Workers refuse to compile bytes, so the wasm arrives as a `WebAssembly.Module` from an `import`.
 *  2. `env.wasm.wasmBinary` is set to a small stand-in buffer. The package then does not look for a file (which would
 *     need `import.meta.url`) and hands the buffer to `WebAssembly.instantiate`.
 *  3. For the duration of the first `InferenceSession.create`, `WebAssembly.instantiate` answers for that buffer, and
 *     for nothing else, with an instance of our module.
 *  4. Every step of a start is a microtask. A runtime that breaks in the middle leaves the package's promise unsettled
 *     for ever, and the global scope has no timers, so turns of the microtask queue are counted instead.
 *  5. A second concurrent first call would throw inside the package, so creations are queued. A start that failed is
 *     final for the isolate; a session that failed can be created again.
 */
import { env, InferenceSession, Tensor as OrtTensor } from 'onnxruntime-web/wasm';
import type { Tensor } from '../predictor.ts';

/** A loaded model. */
export interface Session {
  /** Runs the model once and returns the outputs named, in that order. Rejects with the runtime's own error. */
  run(inputs: readonly Tensor[], outputs: readonly string[]): Promise<Tensor[]>;
}

/** The runtime in this isolate. */
export interface Runtime {
  /** Loads the bytes of an ONNX file. Rejects with `RuntimeFailure` when the runtime itself did not start. */
  createSession(model: Uint8Array): Promise<Session>;
}

/** The runtime did not start; no session can be made in this isolate. */
export class RuntimeFailure extends Error {}

/** The runtime on `module`, the compiled `ort-wasm-simd-threaded.wasm` of the installed onnxruntime-web. */
export function createRuntime(module: WebAssembly.Module): Runtime {
  env.wasm.numThreads = 1;
  env.logLevel = 'error';
  const standIn = new ArrayBuffer(8);
  env.wasm.wasmBinary = standIn;
  const exclusive = createQueue();
  return {
    createSession: (model) =>
      exclusive(async () => {
        const session = await withModule(module, standIn, () => openSession(model));
        return { run: (inputs, outputs) => exclusive(() => run(session, inputs, outputs)) };
      }),
  };
}

async function openSession(model: Uint8Array): Promise<InferenceSession> {
  try {
    return await endsInTurns(InferenceSession.create(model, { executionProviders: ['wasm'] }));
  } catch (cause) {
    // Errors that a running runtime reports carry its error code; anything else means that it did not start.
    if (cause instanceof Error && cause.message.includes('ERROR_CODE')) throw cause;
    throw new RuntimeFailure('onnxruntime-web did not start', { cause });
  }
}

/** A start takes some hundred turns of the microtask queue; this many without an end means that none will come. */
const START_TURNS = 10_000;

async function endsInTurns<T>(start: Promise<T>): Promise<T> {
  let ended = false;
  const end = () => {
    ended = true;
  };
  start.then(end, end);
  for (let turn = 0; turn < START_TURNS && !ended; turn++) await undefined;
  if (!ended) throw new Error('the start never ended');
  return start;
}

async function withModule<T>(module: WebAssembly.Module, standIn: ArrayBuffer, job: () => Promise<T>): Promise<T> {
  const original = WebAssembly.instantiate;
  const replacement = async (source: unknown, imports?: WebAssembly.Imports) => {
    const bytes = ArrayBuffer.isView(source) ? source.buffer : source;
    if (bytes !== standIn) throw new TypeError('only the runtime is instantiated here');
    return { module, instance: new WebAssembly.Instance(module, imports) };
  };
  Object.assign(WebAssembly, { instantiate: replacement });
  try {
    return await job();
  } finally {
    Object.assign(WebAssembly, { instantiate: original });
  }
}

async function run(
  session: InferenceSession,
  inputs: readonly Tensor[],
  outputs: readonly string[],
): Promise<Tensor[]> {
  const feeds: Record<string, OrtTensor> = {};
  for (const input of inputs) feeds[input.name] = new OrtTensor('float32', input.data, input.shape);
  const results = await session.run(feeds, outputs);
  return outputs.map((name) => fromOrt(name, results[name]));
}

function fromOrt(name: string, tensor: OrtTensor | undefined): Tensor {
  if (!(tensor?.data instanceof Float32Array)) throw new TypeError(`output ${name}: expected FP32`);
  return { name, datatype: 'FP32', shape: tensor.dims, data: tensor.data };
}

type Queue = <T>(job: () => Promise<T>) => Promise<T>;

/**
 * Runs jobs one after another. The package keeps a run's arguments on the wasm stack across its own awaits, so a
 * second run that starts in between frees the first one's arguments under it.
 */
function createQueue(): Queue {
  let last: Promise<unknown> = Promise.resolve();
  return (job) => {
    const result = last.then(job);
    last = result.catch(() => undefined);
    return result;
  };
}
