/**
 * The right to ask the same predictor once more: a share of all requests and no more, so that one that is in trouble is not
 * asked twice as often for it.
 */
export interface RetryBudget {
  /** Takes note of a request. */
  earn(): void;
  /** Whether a repetition may be made; that it is made is taken note of. */
  spend(): boolean;
}

export interface RetryBudgetOptions {
  /** Repetitions that each request is worth. */
  readonly share: number;
  /** Most repetitions saved up. */
  readonly most: number;
}

/** One with a single repetition in it, for the first request. */
export function createRetryBudget({ share, most }: RetryBudgetOptions): RetryBudget {
  let credit = 1;
  return {
    earn: () => {
      credit = Math.min(most, credit + share);
    },
    spend: () => {
      if (credit < 1) return false;
      credit -= 1;
      return true;
    },
  };
}

/** Refusals of a connection, in the words of Node, Bun and Deno. workerd has one error for all that is lost on the way. */
const REFUSED = /ECONNREFUSED|ConnectionRefused|connection refused/i;

/** Whether a call failed before the predictor got it, as far as the platform tells. */
export function isUnsent(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  const code = 'code' in cause ? cause.code : '';
  return REFUSED.test(`${code} ${cause.message} ${cause.cause}`);
}
