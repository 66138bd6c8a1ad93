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
