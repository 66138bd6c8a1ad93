/** Asks the predictor, and lets the catalog know which revision answered, and the observer what became of it. */
import type { PredictError } from '../errors.ts';
import type { InferRequest, InferResponse } from '../predictor.ts';
import type { Result } from '../result.ts';
import { reach } from './reach.ts';
import type { Edge } from './routes/route.ts';

/** `request` is the one that `asked` was read from. */
export async function infer(
  { predictor, catalog, observe }: Edge,
  request: Request,
  asked: InferRequest,
): Promise<Result<InferResponse, PredictError>> {
  const carried = observe?.(request, { asked });
  const answer = await reach(() => predictor.infer(carried === undefined ? asked : { ...asked, carried }));
  if (answer.ok) catalog.seen(answer.value.revision);
  observe?.(request, { answer });
  return answer;
}
