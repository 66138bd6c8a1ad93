/**
 * The type of the module that `npm run build` generates at models/dist/artefact.ts. Committed, so that tsc needs no
 * build to read it.
 */
import type { Runtime, Session } from '../shared/inference/runtime.ts';
import type { ModelCard } from '../shared/model-card.ts';

/** What an isolate starts with: its runtime, and every model with its card and a way to open it. */
export interface Artefact {
  /** Digest of models, cards and runtime: the catalog's revision. */
  readonly revision: string;
  readonly runtime: Runtime;
  readonly models: readonly { readonly card: ModelCard; open(): Promise<Session> }[];
}
