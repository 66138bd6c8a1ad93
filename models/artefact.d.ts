/**
 * The type of the module that `npm run build` generates at models/dist/artefact.ts. Committed, so that tsc needs no
 * build to read it.
 */
import type { Shape } from '../shared/inference/check-request.ts';
import type { Runtime, Session } from '../shared/inference/runtime.ts';
import type { ModelCard } from '../shared/model-card.ts';
import type { Tensor } from '../shared/tensor.ts';

/** What an isolate starts with: its runtime, and every model with its card and a way to open it. */
export interface Artefact {
  /** Digest of models, cards and runtime: the catalog's revision. */
  readonly revision: string;
  readonly runtime: Runtime;
  readonly models: readonly ArtefactModel[];
}

export interface ArtefactModel {
  readonly card: ModelCard;
  /** Largest sizes of each input that the build has tried; left out where the runtime has every part of onnxruntime. */
  readonly largest?: readonly Shape[];
  /** Inputs to run once at the start; left out where that takes too long. */
  readonly example?: readonly Tensor[];
  open(): Promise<Session>;
}
