/** The Open Inference Protocol v2: health, metadata, repository index, inference with JSON or binary tensors. */
import type { PredictError } from '../../errors.ts';
import { ok, type Result } from '../../result.ts';
import type { Tensor } from '../../tensor.ts';
import { errorAnswer, jsonAnswer } from '../answer.ts';
import { HEADER_LENGTH, type SplitBody, splitBody } from '../binary-body.ts';
import { parseJson, readBody, readText } from '../body.ts';
import { findReady, unavailable } from '../catalog.ts';
import { parseExactJson } from '../exact-json.ts';
import { infer } from '../infer.ts';
import { type InferMessage, readRawBody } from '../raw-body.ts';
import { InferBody, parseBody } from '../schema.ts';
import { needExactJson } from '../tensor-json.ts';
import { type Exchange, indexEntry, inferAnswer, modelMetadata, readInputs } from '../v2-messages.ts';
import { type Edge, ofModel, type Route, type Target, targetOf } from './route.ts';
import { STATISTICS } from './triton.ts';

/** What the server says of itself; the version is that of package.json. */
export const SERVER = { name: 'tandem', version: '0.1.0', extensions: ['binary_tensor_data', 'model_repository'] };

export function v2Routes(edge: Edge): Route[] {
  return [
    { method: 'GET', path: '/v2', handler: () => jsonAnswer(SERVER) },
    { method: 'GET', path: '/v2/health/live', scope: 'none', handler: () => jsonAnswer({ live: true }) },
    { method: 'GET', path: '/v2/health/ready', scope: 'none', handler: () => serverReady(edge) },
    { method: 'POST', path: '/v2/repository/index', handler: (c) => repositoryIndex(edge, c.req.raw) },
    ...ofModel('', 'GET', (c) => metadata(edge, targetOf(c))),
    ...ofModel('/ready', 'GET', (c) => modelReady(edge, targetOf(c))),
    ...ofModel('/infer', 'POST', async (c) => {
      const [target, request] = [targetOf(c), c.req.raw];
      const answer = await answerInfer(edge, target, request);
      edge.observe?.(request, { target, result: answer });
      return answer.ok ? answer.value : errorAnswer(answer.error);
    }),
  ];
}

async function answerInfer(edge: Edge, target: Target, request: Request): Promise<Result<Response, PredictError>> {
  const headerLength = request.headers.get(HEADER_LENGTH);
  const read = headerLength === null ? readText : readBody;
  const whole = await read(request, edge.limits.maxBodyBytes);
  if (!whole.ok) return whole;
  const split = splitBody(whole.value, headerLength);
  if (!split.ok) return split;
  const isRaw = headerLength !== null && split.value.json.length === 0;
  const message = isRaw ? await readRaw(edge, target, split.value.binary) : readMessage(split.value);
  if (!message.ok) return message;
  const { body } = message.value;
  const inputs = await readTensors(edge, target, message.value);
  if (!inputs.ok) return inputs;
  const named = await refuseDotSegments(edge, target);
  if (!named.ok) return named;
  const names = body.outputs?.map((output) => output.name);
  const outputs = names === undefined || names.length === 0 ? {} : { outputs: names };
  const answer = await infer(edge, request, { ...target, inputs: inputs.value, ...outputs });
  return answer.ok ? writeAnswer(edge, target, { request, body, answer: answer.value }) : answer;
}

/** The response. Only where JSON cannot carry it is the card of the version that answered asked whether null may stand for what is not finite. */
async function writeAnswer(edge: Edge, target: Target, exchange: Exchange): Promise<Result<Response, PredictError>> {
  const strict = inferAnswer({ model: target.model }, exchange);
  if (strict.ok || strict.error.kind !== 'not-acceptable') return strict;
  const { revision, version } = exchange.answer;
  const found = await edge.catalog.answered(revision, { model: target.model, version });
  if (found === undefined) return strict;
  return inferAnswer({ model: target.model, nonFinite: found.card.nonFinite }, exchange);
}

function readMessage({ json, binary }: SplitBody): Result<InferMessage, PredictError> {
  const body = readInferBody(json);
  return body.ok ? ok({ body: body.value, binary }) : body;
}

/** The card of the version that is asked for says what the bytes are. */
async function readRaw(edge: Edge, target: Target, bytes: Uint8Array): Promise<Result<InferMessage, PredictError>> {
  const found = await edge.catalog.model(target);
  return found.ok ? readRawBody(found.value.card, bytes) : found;
}

function readInferBody(text: string | Uint8Array): Result<InferBody, PredictError> {
  const json = parseJson(text);
  const body = json.ok ? parseBody(InferBody, json.value) : json;
  if (!body.ok || !needExactJson(body.value.inputs)) return body;
  const exact = parseJson(text, parseExactJson);
  return exact.ok ? parseBody(InferBody, exact.value) : exact;
}

/** The input tensors. Only where they do not fit is the card asked whether null stands for NaN in one of them. */
async function readTensors(
  edge: Edge,
  target: Target,
  { body, binary }: InferMessage,
): Promise<Result<Tensor[], PredictError>> {
  const strict = readInputs(body, { binary, nullable: new Set() });
  if (strict.ok) return strict;
  const found = await edge.catalog.model(target);
  const marked = found.ok ? found.value.card.inputs.filter((input) => input.missing === 'nan') : [];
  if (marked.length === 0) return strict;
  return readInputs(body, { binary, nullable: new Set(marked.map((input) => input.name)) });
}

/**
 * No model or version is called "." or "..", and on the way to a predictor behind a URL they would be steps up the path,
 * in whatever way they are escaped. So they are looked up here, where they are not found.
 */
async function refuseDotSegments(edge: Edge, target: Target): Promise<Result<unknown, PredictError>> {
  const isDots = [target.model, target.version].some((name) => name === '.' || name === '..');
  return isDots ? edge.catalog.model(target) : ok(undefined);
}

async function metadata(edge: Edge, target: Target): Promise<Response> {
  // No model can be called so: Triton's clients ask for the statistics of all here.
  if (target.model === 'stats')
    return errorAnswer({ kind: 'unknown-route', method: 'GET', path: '/v2/models/stats', why: STATISTICS });
  const found = await edge.catalog.model(target);
  if (!found.ok) return errorAnswer(found.error);
  return jsonAnswer(modelMetadata(found.value.card, found.value.catalog));
}

async function serverReady(edge: Edge): Promise<Response> {
  const catalog = await edge.catalog.fresh();
  if (!catalog.ok) return errorAnswer(catalog.error);
  const down = catalog.value.models.find((entry) => !entry.ready);
  return down === undefined ? jsonAnswer({ ready: true }) : errorAnswer(unavailable(down));
}

async function modelReady(edge: Edge, target: Target): Promise<Response> {
  const found = await findReady(edge.catalog, target);
  return found.ok ? jsonAnswer({ name: found.value.card.name, ready: true }) : errorAnswer(found.error);
}

/** The request's body may hold a filter, which is not needed here; it is read so that the limit holds for it too. */
async function repositoryIndex(edge: Edge, request: Request): Promise<Response> {
  const body = await readBody(request, edge.limits.maxBodyBytes);
  if (!body.ok) return errorAnswer(body.error);
  const catalog = await edge.catalog.fresh();
  return catalog.ok ? jsonAnswer(catalog.value.models.map(indexEntry)) : errorAnswer(catalog.error);
}
