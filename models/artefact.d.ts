// The type of the module that `npm run build` generates at models/dist/artefact.ts, and of the assets that it imports.
// It is committed so that tsc needs no build to read it.

declare module '*/models/dist/artefact.ts' {
  type ModelCard = import('../shared/model-card.ts').ModelCard;

  /** What an isolate starts with: the runtime's module and every model with its card. */
  export interface Artefact {
    readonly mode: 'stock';
    /** Digest of models, cards and runtime: the catalog's revision. */
    readonly revision: string;
    readonly runtime: WebAssembly.Module;
    readonly models: readonly { readonly card: ModelCard; readonly bytes: ArrayBuffer }[];
  }

  export const artefact: Artefact;
}

declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}

declare module '*.onnx' {
  const bytes: ArrayBuffer;
  export default bytes;
}
