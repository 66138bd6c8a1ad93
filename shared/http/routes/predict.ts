/** `POST /predict` and `POST /models/{model}/predict`: tabular models, for people who want a number or a label. */
import { IN_TURN, invalid, type PredictError, quote } from '../../errors.ts';
import type { ModelCard } from '../../model-card.ts';
import type { InferResponse } from '../../predictor.ts';
import { fail, ok, type Result } from '../../result.ts';
import { createTensor, elementCount } from '../../tensor.ts';
import { errorAnswer, jsonAnswer } from '../answer.ts';
import { parseJson, readText } from '../body.ts';
import type { FoundModel } from '../catalog.ts';
import { infer } from '../infer.ts';
import { readRows } from '../rows.ts';
import { PredictBody, parseBody } from '../schema.ts';
import { toJsonElements } from '../tensor-json.ts';
import type { Edge, Route, Target } from './route.ts';

export function predictRoutes(edge: Edge): Route[] {
  return [
    { method: 'POST', path: '/predict', handler: (c) => predictAnswer(edge, c.req.raw) },
    {
      method: 'POST',
      path: '/models/:model/predict',
      handler: (c) => predictAnswer(edge, c.req.raw, { model: c.req.param('model') ?? '' }),
    },
  ];
}

/** The answer of the model that `target` names, or of the default one. */
export async function predictAnswer(edge: Edge, request: Request, target?: Target): Promise<Response> {
  const predicted = await predict(edge, request, target);
  edge.observe?.(request, { target, result: predicted });
  return predicted.ok ? jsonAnswer(predicted.value, request) : errorAnswer(predicted.error);
}

/** Asks again where the rows were read otherwise than the version which answers would have them. */
async function predict(edge: Edge, request: Request, target?: Target): Promise<Result<unknown, PredictError>> {
  const text = await readText(request, edge.limits.maxBodyBytes);
  if (!text.ok) return text;
  const json = parseJson(text.value);
  if (!json.ok) return json;
  const body = parseBody(PredictBody, json.value);
  if (!body.ok) return body;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = await findModel(edge, target);
    if (!found.ok) return found;
    const { name: model, primaryOutput } = found.value.card;
    const rows = readRows(body.value, found.value.card, edge.limits.maxBodyBytes / VALUE_BYTES);
    if (!rows.ok && (await edge.catalog.doubt(found.value.catalog))) continue;
    if (!rows.ok) return rows;
    const { tensor, single } = rows.value;
    const answer = await infer(edge, request, { ...target, model, inputs: [tensor], outputs: [primaryOutput] });
    if (!answer.ok) return answer;
    const { revision } = answer.value;
    const isOther = revision !== found.value.catalog.revision;
    if (isOther && !isReadAlike(found.value.card, await edge.catalog.answered(revision, target), answer.value))
      continue;
    const predictions = firstOfEachRow(found.value.card, answer.value, tensor.shape[0]);
    if (!predictions.ok) return predictions;
    return ok(single ? { prediction: predictions.value[0] } : { predictions: predictions.value });
  }
  return fail(IN_TURN);
}

function findModel({ catalog }: Edge, target?: Target): Promise<Result<FoundModel, PredictError>> {
  return target === undefined ? catalog.defaultModel() : catalog.model(target);
}

/** The least that a value and its comma take of a body. */
const VALUE_BYTES = 2;

/** The second one finds the catalog renewed; it takes more where two predictors answer in turn, as while one replaces another. */
const ATTEMPTS = 6;

/** Whether the version that answered, found now, has its rows as they were read, though the set of models is another. */
function isReadAlike(card: ModelCard, now: FoundModel | undefined, { version }: InferResponse): boolean {
  return now?.card.version === version && JSON.stringify(readingOf(now.card)) === JSON.stringify(readingOf(card));
}

/** What of a card decides how rows are read and answers are written: not the ranges, which another training changes. */
function readingOf({ name, inputs, primaryOutput, nonFinite }: ModelCard): unknown {
  const columns = inputs.map(({ features, min, max, step, ...spec }) => ({
    ...spec,
    columns: features?.map((one) => one.name),
  }));
  return { name, columns, primaryOutput, nonFinite };
}

/** A row's prediction is element 0 of its part of the primary output. */
function firstOfEachRow(
  { name: model, nonFinite }: ModelCard,
  { outputs: [output] }: InferResponse,
  rows: number | undefined,
): Result<readonly unknown[], PredictError> {
  if (output === undefined) return ok([]);
  const [size, ...inner] = output.shape;
  if (size !== rows || inner.includes(0)) {
    const where = `model ${quote(model)}, output ${quote(output.name)}`;
    return invalid(where, `${rows} rows, one for each of the request`, `shape ${JSON.stringify(output.shape)}`);
  }
  const width = elementCount(inner);
  if (width === 1) return toJsonElements({ model, nonFinite }, output);
  const data = output.data.filter((_: unknown, index: number) => index % width === 0);
  return toJsonElements({ model, nonFinite }, createTensor(output.name, output.datatype, [data.length], data));
}
