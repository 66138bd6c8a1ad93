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
import { createRuntime, RuntimeFailure, type Session } from './runtime.ts';

interface LoadedModel {
  readonly card: ModelCard;
  readonly session: ModelSession<Session>;
}

/** Opens every model of the artefact; one that fails is reported by `models()` and tried again by later requests. */
export async function createLocalPredictor(vars: LimitVars): Promise<Predictor> {
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
  };
}

function loadModels(): Map<string, LoadedModel> {
  const runtime = createRuntime(artefact.runtime);
  return new Map(
    artefact.models.map(({ card, bytes }) => {
      const open = () => runtime.createSession(new Uint8Array(bytes));
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
    const remedy = `model "${card.name}" could not run these inputs; check that their shapes fit each other`;
    return fail({ kind: 'internal', code: 'RUN_FAILED', remedy });
  }
}

function catalogEntry(card: ModelCard, session: Result<Session, PredictError>): CatalogEntry {
  if (session.ok) return { card, ready: true, reason: '' };
  return { card, ready: false, reason: session.error.kind === 'model-unavailable' ? session.error.reason : 'unknown' };
}

function explain(cause: unknown): string {
  return cause instanceof RuntimeFailure
    ? 'a runtime that did not start; this isolate stays without it until it is replaced'
    : 'a session that failed to open; it is tried again at most once a second';
}
