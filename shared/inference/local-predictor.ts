/**
 * The predictor that runs the models in this isolate: check, run, answer. It is made in the global scope, where
 * start-up has its own budget of CPU; nothing there may reject, or the Worker would not start at all.
 */
import { artefact } from '../../models/dist/artefact.ts';
import { invalid, type PredictError, quote } from '../errors.ts';
import { type LimitVars, readLimits } from '../limits.ts';
import type { ModelCard } from '../model-card.ts';
import { isVersion, unknownVersion } from '../model-versions.ts';
import { REQUEST_ID } from '../observe/trace-context.ts';
import type { CatalogEntry, InferRequest, InferResponse, Predictor } from '../predictor.ts';
import { fail, ok, type Result } from '../result.ts';
import { checkRequest, type Shape } from './check-request.ts';
import { explainRun } from './explain-run.ts';
import { createModelSession, type ModelSession } from './model-session.ts';
import { RuntimeFailure, RuntimeIncomplete, RuntimeLost, type Session } from './runtime.ts';

/** One version of a model. */
interface LoadedModel {
  readonly card: ModelCard;
  readonly largest: readonly Shape[] | undefined;
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
  const loaded = loadModels();
  const models = Map.groupBy(loaded, ({ card }) => card.name);
  for (const { session } of loaded) await session();
  await warmUp();

  return {
    models: async () => {
      const entries: CatalogEntry[] = [];
      for (const { card, session } of loaded) entries.push(catalogEntry(card, await session()));
      return ok({ revision: artefact.revision, models: entries });
    },
    infer: async (request) => {
      const { model, version } = request;
      const versions = models.get(model);
      if (versions === undefined) return fail({ kind: 'unknown-model', model, known: [...models.keys()] });
      const wanted = version === undefined ? versions[0] : versions.find(({ card }) => isVersion(card, version));
      if (wanted !== undefined) return inferWith(wanted, request, maxRows);
      return fail(unknownVersion(request, versions));
    },
    memory: () => ({ wasmBytes: artefact.runtime.memoryBytes() }),
  };
}

/**
 * Runs each model once, so that the functions it needs are compiled before the first request. Of an answer as of a failure
 * nothing is kept: whether the model answers is for its requests to find out.
 */
async function warmUp(): Promise<void> {
  for (const { card, example, open } of artefact.models) {
    if (example === undefined) continue;
    const outputs = card.outputs.map(({ name }) => name);
    await open()
      .then((session) => session.run(example, outputs))
      .catch(() => undefined);
  }
}

function loadModels(): LoadedModel[] {
  return artefact.models.map(({ card, largest, open }) => {
    const session = createModelSession({ model: card.name, open, explain, nowMs: Date.now });
    return { card, largest, session };
  });
}

async function inferWith(
  { card, largest, session }: LoadedModel,
  request: InferRequest,
  maxRows: number,
): Promise<Result<InferResponse, PredictError>> {
  const outputs = checkRequest(card, request, { maxRows, largest });
  if (!outputs.ok) return outputs;
  const opened = await session();
  if (!opened.ok) return opened;
  const { untilMs } = request;
  if (untilMs !== undefined && Date.now() > untilMs) return fail({ kind: 'expired' });
  try {
    const tensors = await opened.value.run(request.inputs, outputs.value);
    return ok({ version: card.version, revision: artefact.revision, outputs: tensors });
  } catch (cause) {
    return runFailure(card.name, cause, request.carried?.[REQUEST_ID]);
  }
}

/** The model's own refusal is the client's error, and is not logged: anybody can cause it as often as they like. */
function runFailure(model: string, cause: unknown, id = 'without an id'): Result<never, PredictError> {
  if (cause instanceof RuntimeFailure) return fail({ kind: 'model-unavailable', model, reason: explain(cause) });
  const reason = cause instanceof RuntimeIncomplete ? undefined : explainRun(cause);
  if (reason !== undefined) return invalid(`model ${quote(model)}, inputs`, 'ones on which the model runs', reason);
  console.error(`model ${model}: run failed, request ${id}`, cause);
  if (cause instanceof RuntimeIncomplete) {
    const remedy = 'this input needs a part of onnxruntime that the build left out; build with --runtime whole';
    return fail({ kind: 'internal', code: 'RUNTIME_INCOMPLETE', remedy });
  }
  return fail({ kind: 'internal', code: 'RUN_FAILED', remedy: `the fault is not in the inputs of model "${model}"` });
}

function catalogEntry(card: ModelCard, session: Result<Session, PredictError>): CatalogEntry {
  const failure = artefact.runtime.failure();
  if (failure !== undefined) return { card, ready: false, reason: explain(failure) };
  if (session.ok) return { card, ready: true, reason: '' };
  return { card, ready: false, reason: session.error.kind === 'model-unavailable' ? session.error.reason : 'unknown' };
}

function explain(cause: unknown): string {
  if (cause instanceof RuntimeLost)
    return 'a stock runtime that a run broke; it stays so until the isolate is replaced; build with --runtime whole';
  return cause instanceof RuntimeFailure
    ? 'a runtime that did not start; this isolate stays without it until it is replaced'
    : 'a session that failed to open; it is tried again at most once a second';
}
