/**
 * The type of the module that `npm run build` generates at models/dist/artefact.ts. Committed, so that tsc needs no
 * build to read it.
 */
import type { ModelCard } from '../shared/model-card.ts';

/** What an isolate starts with: the runtime's module and every model with its card. */
export interface Artefact {
  readonly mode: 'stock';
  /** Digest of models, cards and runtime: the catalog's revision. */
  readonly revision: string;
  readonly runtime: WebAssembly.Module;
  readonly models: readonly { readonly card: ModelCard; readonly bytes: ArrayBuffer }[];
}
