/** Calls a predictor and turns its loss (a rejection) into an error value. */
import type { PredictError } from '../errors.ts';
import { fail, type Result } from '../result.ts';

export async function reach<T>(call: () => Promise<Result<T, PredictError>>): Promise<Result<T, PredictError>> {
  try {
    return await call();
  } catch (cause) {
    console.error('predictor lost', cause);
    return fail({ kind: 'predictor-unreachable', reason: 'none: it could not be reached or failed on the way' });
  }
}
