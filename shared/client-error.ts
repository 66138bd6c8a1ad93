/** The one error of the client, with the facts that a program decides by. */

/**
 * Why a call failed. `refused`: the request is at fault, the text says what was expected and got (4xx). `overloaded`: the
 * server is busy, or cannot answer now (429, 503). `server`: a fault of the server (other 5xx). `protocol`: an answer that is not of the
 * protocol. `unreachable`: no answer, or half of one. `timeout`: none within `timeoutMs`.
 */
export type ClientErrorKind = 'refused' | 'overloaded' | 'server' | 'protocol' | 'unreachable' | 'timeout';

/** What else is known of a failure. */
export interface ClientErrorFacts {
  /** Status of the answer; null where there was none. */
  readonly status?: number | null;
  /** How long the server asks to wait, in milliseconds; null where it does not say. */
  readonly retryAfterMs?: number | null;
  readonly cause?: unknown;
}

/** What a call rejects with, unless its caller aborts it: then it rejects with the signal's reason, as fetch does. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly kind: ClientErrorKind;
  readonly status: number | null;
  readonly retryAfterMs: number | null;

  constructor(
    kind: ClientErrorKind,
    message: string,
    { status = null, retryAfterMs = null, cause }: ClientErrorFacts = {},
  ) {
    super(message, cause === undefined ? {} : { cause });
    this.kind = kind;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}
