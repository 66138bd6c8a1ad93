/** What a failed call means: for the predictor's breaker, for another predictor, and for the client. */
import { type PredictError, toHttp } from '../errors.ts';
import type { Result } from '../result.ts';

/** A predictor that was lost: the cause that its call rejected with. */
export interface Lost {
  readonly kind: 'lost';
  readonly cause: unknown;
}

/** What a call of a guarded predictor comes to; it never rejects. */
export type Outcome<T> = Result<T, PredictError | Lost>;

/**
 * Whether the predictor gave no answer of its own: only that opens its breaker. An error in words, of a model that is not
 * ready or of a fault inside, is a sign of life, and so are an exception that the other side of a binding threw and a refusal
 * of the request, in whatever form: anybody can cause one.
 */
export function isSilent<T>(outcome: Outcome<T>): boolean {
  if (outcome.ok) return false;
  const { error } = outcome;
  if (error.kind === 'lost') return !(error.cause instanceof Error && 'remote' in error.cause);
  if (error.kind !== 'bad-upstream') return error.kind === 'deadline';
  const { status = 200 } = error;
  return status < 400 || status >= 500;
}

const TOO_MANY_REQUESTS = 429;
const NOT_FOUND = 404;

/** Whether it is the predictor that failed, and not the request. */
export function isFailure<T>(outcome: Outcome<T>): boolean {
  const status = statusOf(outcome);
  return status >= 500 || status === TOO_MANY_REQUESTS;
}

/** Whether a second predictor's outcome is the request's answer. That it does not have the model is none. */
export function isAnswer<T>(outcome: Outcome<T>): boolean {
  return !isFailure(outcome) && statusOf(outcome) !== NOT_FOUND;
}

function statusOf<T>(outcome: Outcome<T>): number {
  if (outcome.ok) return 200;
  return outcome.error.kind === 'lost' ? 503 : toHttp(outcome.error).status;
}
