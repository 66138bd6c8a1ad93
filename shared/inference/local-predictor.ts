/**
 * The predictor that runs the models in this isolate: check, run, answer. It is made in the global scope, where
 * start-up has its own budget of CPU; nothing there may reject, or the Worker would not start at all.
 */
import { artefact } from '../../models/dist/artefact.ts';
import type { PredictError } from '../errors.ts';
import { type LimitVars, readLimits } from '../limits.ts';
import type { ModelCard } from '../model-card.ts';
import type { CatalogEntry, InferRequest, InferResponse, Predictor } from '../predictor.ts';
import { fail, ok, type Result } from '../result.ts';
import { checkRequest } from './check-request.ts';
import { createModelSession, type ModelSession } from './model-session.ts';
import { RunBroken, RuntimeFailure, RuntimeLost, type Session } from './runtime.ts';

interface LoadedModel {
  readonly card: ModelCard;
  readonly session: ModelSession<Session>;
}

/** A predictor with what it uses of this isolate. */
export interface LocalPredictor extends Predictor {
  /** Size of the runtime's WebAssembly memory, in bytes; 0 when the runtime did not start. */
  memory(): { readonly wasmBytes: number };
}

/** Opens every model of the artefact; one that fails is reported by `models()` and tried again by later requests. */
export async function createLocalPredictor(vars: LimitVars): Promise<LocalPredictor> {
  const { maxRows } = readLimits(vars);
  const models = loadModels();
  for (const model of models.values()) await model.session();

  return {
    models: async () => {
      const entries: CatalogEntry[] = [];
      for (const { card, session } of models.values()) entries.push(catalogEntry(card, await session()));
      return ok({ revision: artefact.revision, models: entries });
    },
    infer: async (request) => {
      const model = models.get(request.model);
      if (model === undefined) return fail({ kind: 'unknown-model', model: request.model, known: [...models.keys()] });
      return inferWith(model, request, maxRows);
    },
    memory: () => ({ wasmBytes: artefact.runtime.memoryBytes() }),
  };
}

function loadModels(): Map<string, LoadedModel> {
  return new Map(
    artefact.models.map(({ card, open }) => {
      return [card.name, { card, session: createModelSession({ model: card.name, open, explain, nowMs: Date.now }) }];
    }),
  );
}

async function inferWith(
  { card, session }: LoadedModel,
  request: InferRequest,
  maxRows: number,
): Promise<Result<InferResponse, PredictError>> {
  const outputs = checkRequest(card, request, maxRows);
  if (!outputs.ok) return outputs;
  const opened = await session();
  if (!opened.ok) return opened;
  try {
    const tensors = await opened.value.run(request.inputs, outputs.value);
    return ok({ version: card.version, revision: artefact.revision, outputs: tensors });
  } catch (cause) {
    console.error(`model ${card.name}: run failed`, cause);
    if (cause instanceof RuntimeFailure) {
      return fail({ kind: 'model-unavailable', model: card.name, reason: explain(cause) });
    }
    if (cause instanceof RunBroken) return fail({ kind: 'internal', code: cause.code, remedy: cause.remedy });
    const remedy = `model "${card.name}" could not run these inputs; check that their shapes fit each other`;
    return fail({ kind: 'internal', code: 'RUN_FAILED', remedy });
  }
}

function catalogEntry(card: ModelCard, session: Result<Session, PredictError>): CatalogEntry {
  if (session.ok) return { card, ready: true, reason: '' };
  return { card, ready: false, reason: session.error.kind === 'model-unavailable' ? session.error.reason : 'unknown' };
}

function explain(cause: unknown): string {
  if (cause instanceof RuntimeLost)
    return 'a runtime that a run broke (RUN_BROKEN); it stays so until the isolate is replaced';
  return cause instanceof RuntimeFailure
    ? 'a runtime that did not start; this isolate stays without it until it is replaced'
    : 'a session that failed to open; it is tried again at most once a second';
}
