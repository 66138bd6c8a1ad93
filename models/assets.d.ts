// Modules that are not TypeScript, or not there before a build.

declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}

declare module '*.onnx' {
  const bytes: ArrayBuffer;
  export default bytes;
}

declare module '*/models/dist/artefact.ts' {
  export const artefact: import('./artefact.d.ts').Artefact;
}

/** The part of onnxruntime-web's Emscripten glue that the baked runtime uses; the package ships it without types. */
declare module 'onnxruntime-web/ort-wasm-simd-threaded.mjs' {
  /** Starts a module: `instantiateWasm` gets the imports, and hands the instance to `done`. */
  export default function start(options: {
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void): void;
  }): Promise<unknown>;
}
