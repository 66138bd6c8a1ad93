/**
 * How long a client waits and what it asks again: one limit of time over all attempts, and a second attempt only where
 * it can do no harm.
 *
 * The limit is a controller of its own, ended with the call: signals that live on, and those of `AbortSignal.any` and
 * `AbortSignal.timeout`, gather listeners and timers on several platforms.
 */
import { ClientError, type ClientErrorKind } from '../client-error.ts';
import { toHttp } from '../errors.ts';
import { readError } from './v2-answers.ts';

/** Bounds of one call. */
export interface Patience {
  /** Over all attempts and the waits between them, up to the answer's last byte. */
  readonly timeoutMs: number;
  /** Most attempts after the first. */
  readonly retries: number;
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether 503 and a broken connection are tried again. What may have broken it or the predictor behind, as the work of an inference may, must not be
   * sent to the next isolate.
   */
  readonly retryBroken: boolean;
}

/** The wait before an attempt, in milliseconds, is random up to this, doubled with each. */
const BACKOFF_MS = 100;

/** What timers hold: a longer one ends at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** Asks until there is an answer. `ask` rejects with a `ClientError` for an answer that is none it can use. */
export async function attempt<T>(ask: (signal: AbortSignal) => Promise<T>, patience: Patience): Promise<T> {
  const limit = startLimit(patience);
  try {
    for (let tries = 0; ; tries++) {
      try {
        limit.signal.throwIfAborted();
        return await Promise.race([ask(limit.signal), limit.over]);
      } catch (cause) {
        limit.signal.throwIfAborted();
        const error = cause instanceof ClientError ? cause : unreachable(cause);
        const waitMs = (error.retryAfterMs ?? 0) + Math.random() * BACKOFF_MS * 2 ** tries;
        const isWorthIt = tries < patience.retries && isSafe(error, patience) && waitMs < limit.leftMs();
        if (!isWorthIt) throw error;
        await pause(waitMs, limit.signal);
      }
    }
  } finally {
    limit.end();
  }
}

function isSafe({ kind, status }: ClientError, { retryBroken }: Patience): boolean {
  return status === 429 || (retryBroken && (kind === 'overloaded' || kind === 'unreachable'));
}

/** The error of an answer that is not a 2xx. Its text is the server's own; a proxy on the way may have given another. */
export async function refusal(response: Response): Promise<ClientError> {
  const { status, headers } = response;
  const { message } = toHttp((await readError(response)).error);
  return new ClientError(kindOf(status), message, { status, retryAfterMs: readRetryAfter(headers) });
}

function kindOf(status: number): ClientErrorKind {
  if (status === 429 || status === 503) return 'overloaded';
  if (status >= 500) return 'server';
  return status >= 400 ? 'refused' : 'protocol';
}

/** Seconds or a date. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function readRetryAfter(headers: Headers): number | null {
  const text = headers.get('Retry-After') ?? '';
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isNaN(waitMs) ? null : Math.max(0, waitMs);
}

function unreachable(cause: unknown): ClientError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ClientError('unreachable', `expected an answer, got none: ${reason}`, { cause });
}

/**
 * A signal that aborts with its caller's, or with a `ClientError` when the time is over. `over` rejects with it, for a
 * fetch that does not heed its signal.
 */
function startLimit({ timeoutMs, signal }: Patience) {
  if (!(timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS)) {
    throw new RangeError(`timeoutMs: expected more than 0 and at most ${MAX_TIMEOUT_MS}, got ${timeoutMs}`);
  }
  const startMs = Date.now();
  const controller = new AbortController();
  const late = () =>
    controller.abort(new ClientError('timeout', `expected an answer within ${timeoutMs} ms, got none`));
  const timer = setTimeout(late, timeoutMs);
  const follow = () => controller.abort(signal?.reason);
  if (signal?.aborted) follow();
  signal?.addEventListener('abort', follow, { once: true });
  const over = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason));
  });
  over.catch(() => undefined);
  return {
    signal: controller.signal,
    over,
    leftMs: () => startMs + timeoutMs - Date.now(),
    end: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', follow);
    },
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
