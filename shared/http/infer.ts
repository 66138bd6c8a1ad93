/** Asks the predictor, or the cache before it, and lets the catalog know which revision answered, and the observer what became of it. */
import type { PredictError } from '../errors.ts';
import type { InferRequest, InferResponse } from '../predictor.ts';
import type { Result } from '../result.ts';
import { reach } from './reach.ts';
import type { Edge } from './routes/route.ts';

/** `request` is the one that `asked` was read from. */
export async function infer(
  { predictor, catalog, observe, cache }: Edge,
  request: Request,
  asked: InferRequest,
): Promise<Result<InferResponse, PredictError>> {
  const carried = observe?.(request, { asked });
  const call = () => predictor.infer(carried === undefined ? asked : { ...asked, carried });
  const answer = await (cache === undefined ? reach(call) : cache.answer(request, asked, () => reach(call)));
  if (answer.ok) catalog.seen(answer.value.revision);
  observe?.(request, { answer });
  return answer;
}
