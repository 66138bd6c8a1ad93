/** Asks the predictor, and lets the catalog know which revision answered. */
import type { PredictError } from '../errors.ts';
import type { InferRequest, InferResponse } from '../predictor.ts';
import type { Result } from '../result.ts';
import { reach } from './reach.ts';
import type { Edge } from './routes/route.ts';

export async function infer(edge: Edge, request: InferRequest): Promise<Result<InferResponse, PredictError>> {
  const answer = await reach(() => edge.predictor.infer(request));
  if (answer.ok) edge.catalog.seen(answer.value.revision);
  return answer;
}
