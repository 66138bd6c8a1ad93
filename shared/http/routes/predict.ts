/** `POST /predict`: the default model, for people who want a number. */
import type { PredictError } from '../../errors.ts';
import type { InferResponse } from '../../predictor.ts';
import { ok, type Result } from '../../result.ts';
import { errorAnswer, jsonAnswer } from '../answer.ts';
import { parseJson, readBody } from '../body.ts';
import { toJsonNumbers } from '../fp32.ts';
import { infer } from '../infer.ts';
import { readRows } from '../rows.ts';
import { PredictBody, parseBody } from '../schema.ts';
import type { Edge, Route } from './route.ts';

export function predictRoutes(edge: Edge): Route[] {
  const handler: Route['handler'] = async (c) => {
    const answer = await predict(edge, c.req.raw);
    return answer.ok ? jsonAnswer(answer.value) : errorAnswer(answer.error);
  };
  return [{ method: 'POST', path: '/predict', handler }];
}

async function predict(edge: Edge, request: Request): Promise<Result<unknown, PredictError>> {
  const bytes = await readBody(request, edge.limits.maxBodyBytes);
  if (!bytes.ok) return bytes;
  const json = parseJson(bytes.value);
  if (!json.ok) return json;
  const body = parseBody(PredictBody, json.value);
  if (!body.ok) return body;
  const found = await edge.catalog.defaultModel();
  if (!found.ok) return found;
  const { name: model, primaryOutput } = found.value.card;
  const rows = readRows(body.value, found.value.card);
  if (!rows.ok) return rows;
  const { tensor, single } = rows.value;
  const answer = await infer(edge, { model, inputs: [tensor], outputs: [primaryOutput] });
  if (!answer.ok) return answer;
  const predictions = firstOfEachRow(model, answer.value);
  if (!predictions.ok) return predictions;
  return ok(single ? { prediction: predictions.value[0] } : { predictions: predictions.value });
}

/** A row's prediction is element 0 of its part of the primary output. */
function firstOfEachRow(model: string, answer: InferResponse): Result<number[], PredictError> {
  const [output] = answer.outputs;
  if (output === undefined) return ok([]);
  const numbers = toJsonNumbers(model, output);
  if (!numbers.ok) return numbers;
  const width = numbers.value.length / (output.shape[0] ?? 1);
  return ok(numbers.value.filter((_, index) => index % width === 0));
}
