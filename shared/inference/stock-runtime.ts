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
import { createTensor, DATATYPES, type Datatype, type Tensor } from '../tensor.ts';
import { isOutOfMemory } from './explain-run.ts';
import {
  hasNoElements,
  memoryIn,
  RunBroken,
  RunEndless,
  type Runtime,
  RuntimeFailure,
  RuntimeLost,
  type Session,
} from './runtime.ts';

/** The package's runtime in this isolate. */
export interface StockRuntime extends Runtime {
  /** Loads the bytes of an ONNX file. Rejects with `RuntimeFailure` when the runtime itself did not start. */
  createSession(model: Uint8Array): Promise<Session>;
}

/** Makes the instance that the package will use, from the imports that it gives. */
export type Instantiate = (imports: WebAssembly.Imports) => { readonly exports: WebAssembly.Exports };

/** The runtime on `module`, the compiled `ort-wasm-simd-threaded.wasm` of the installed onnxruntime-web. */
export function createStockRuntime(module: WebAssembly.Module): StockRuntime {
  return createInstantiatedRuntime((imports) => new WebAssembly.Instance(module, imports));
}

/**
 * The runtime on an instance made by `instantiate`, for those who look inside it: the build. `restore` puts that
 * instance back to where runs are possible after one that broke off.
 */
export function createInstantiatedRuntime(instantiate: Instantiate, restore?: () => void): StockRuntime {
  env.wasm.numThreads = 1;
  // What it logs of a run that it refuses, it also answers; and anybody can cause that as often as they like.
  env.logLevel = 'fatal';
  const standIn = new ArrayBuffer(8);
  env.wasm.wasmBinary = standIn;
  const exclusive = createQueue();
  let memory: WebAssembly.Memory | undefined;
  const remember: Instantiate = (imports) => {
    memory = memoryIn(imports);
    return instantiate(imports);
  };
  const guard = createGuard(restore);
  return {
    createSession: (model) =>
      exclusive(async () => {
        const session = await withInstance(remember, standIn, () => openSession(model));
        return { run: (inputs, outputs) => exclusive(() => guard.run(() => run(session, inputs, outputs), inputs)) };
      }),
    memoryBytes: () => memory?.buffer.byteLength ?? 0,
    failure: guard.failure,
  };
}

async function openSession(model: Uint8Array): Promise<InferenceSession> {
  try {
    return await endsInTurns(InferenceSession.create(model, { executionProviders: ['wasm'], logSeverityLevel: 4 }));
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

async function withInstance<T>(instantiate: Instantiate, standIn: ArrayBuffer, job: () => Promise<T>): Promise<T> {
  const original = WebAssembly.instantiate;
  const replacement = async (source: unknown, imports: WebAssembly.Imports) => {
    const bytes = ArrayBuffer.isView(source) ? source.buffer : source;
    if (bytes !== standIn) throw new TypeError('only the runtime is instantiated here');
    return { instance: instantiate(imports) };
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
  for (const input of inputs) feeds[input.name] = toOrt(input);
  const results = await session.run(feeds, outputs);
  return outputs.map((name) => fromOrt(name, results[name]));
}

/** The package's name of each datatype. */
const ORT_TYPES = {
  BOOL: 'bool',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FP16: 'float16',
  FP32: 'float32',
  FP64: 'float64',
  BYTES: 'string',
} as const satisfies Record<Datatype, OrtTensor.Type>;

function toOrt({ datatype, data, shape }: Tensor): OrtTensor {
  return new OrtTensor(ORT_TYPES[datatype], data, shape);
}

function fromOrt(name: string, tensor: OrtTensor | undefined): Tensor {
  const datatype = DATATYPES.find((candidate) => ORT_TYPES[candidate] === tensor?.type);
  if (tensor === undefined || datatype === undefined) {
    throw new TypeError(`output ${name}: expected a tensor of the protocol, got ${tensor?.type ?? 'none'}`);
  }
  // The package gives FP16 as Float16Array where the engine has one; the seam carries its bits.
  const { data } = tensor;
  const bits =
    datatype === 'FP16' && ArrayBuffer.isView(data) ? new Uint16Array(data.buffer, data.byteOffset, tensor.size) : data;
  return createTensor(name, datatype, tensor.dims, bits);
}

interface Guard {
  run<T>(job: () => Promise<T>, inputs: readonly Tensor[]): Promise<T>;
  failure(): RuntimeLost | undefined;
}

/**
 * Lets no run start after one that broke off in the middle, unless the runtime can be restored: what that one left (a
 * lock held, say) can make the next one wait for ever. The package cannot be started a second time in an isolate.
 */
function createGuard(restore: (() => void) | undefined): Guard {
  let lost: RuntimeLost | undefined;
  const attempt = async <T>(job: () => Promise<T>): Promise<T> => {
    try {
      return await job();
    } catch (cause) {
      if (isOrdinary(cause)) throw cause;
      const broken = new RunBroken('the run broke off', { cause });
      if (restore === undefined) lost = new RuntimeLost(broken.message, { cause: broken });
      restore?.();
      throw broken;
    }
  };
  return {
    run: async (job, inputs) => {
      if (lost !== undefined) throw lost;
      if (hasNoElements(inputs)) restore?.();
      try {
        return await attempt(job);
      } catch (cause) {
        // Others may have left too little memory; the second attempt has all of it.
        if (restore === undefined || !isOutOfMemory(cause)) throw cause;
        restore();
        return await attempt(job);
      }
    },
    failure: () => lost,
  };
}

/** Whether the runtime or the package reported `cause`, and was not torn out of its work by it. */
function isOrdinary(cause: unknown): boolean {
  return (
    cause instanceof Error &&
    !(cause instanceof WebAssembly.RuntimeError || cause instanceof RunEndless) &&
    cause.message !== 'Maximum call stack size exceeded'
  );
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
