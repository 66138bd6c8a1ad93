/** What models cost of an isolate's memory and of a Worker's size, as far as it can be told before they run in one. */

/** Memory of an isolate, JavaScript heap and WebAssembly together. https://developers.cloudflare.com/workers/platform/limits/ */
export const ISOLATE_BYTES = 128 * 2 ** 20;

/** Size of a Worker, uncompressed, all its modules together. */
export const WORKER_BYTES = 64 * 2 ** 20;

/** The code of the app and of the runtime's glue in a Worker's bundle, rounded up. */
const CODE_BYTES = 2 ** 20;

/** Where a probe stops: enough to say by how much a model is too large. */
export const PROBE_BYTES = 4 * ISOLATE_BYTES;

/** JavaScript heap of the app, the runtime's glue and a few requests at their limits; an allowance, not measured. */
const HEAP_BYTES = 16 * 2 ** 20;

/**
 * The runtime's memory after running the models once (measured in Node, which is the same WebAssembly), their files,
 * which stay in the isolate beside it, and an allowance for the JavaScript heap. All in bytes.
 */
export function estimateMemory(wasmBytes: number, fileBytes: number): number {
  return wasmBytes + fileBytes + HEAP_BYTES;
}

/** The size of the Worker that holds these models and the runtime, in bytes. */
export function workerBytes(runtimeBytes: number, modelBytes: readonly number[]): number {
  return modelBytes.reduce((total, bytes) => total + bytes, runtimeBytes + CODE_BYTES);
}

/** The parts of the estimate in words. */
export function explainMemory(wasmBytes: number, fileBytes: number): string {
  const parts = `${mebibytes(wasmBytes)} WebAssembly as measured, ${mebibytes(fileBytes)} model files`;
  return `${mebibytes(estimateMemory(wasmBytes, fileBytes))} (${parts}, ${mebibytes(HEAP_BYTES)} allowed for JavaScript)`;
}

/** Bytes in MiB, to one decimal. */
export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
