/**
 * Every expected failure, as facts, and the one place that turns facts into an HTTP status and a text. The text says
 * what was expected and what was got, and never shows internals.
 */
import type { Scope } from './api-keys.ts';
import { RATE_RETRY_AFTER_S, RETRY_AFTER_S } from './limits.ts';
import { fail } from './result.ts';

export type PredictError =
  | { readonly kind: 'invalid-request'; readonly where: string; readonly expected: string; readonly got: string }
  | { readonly kind: 'body-too-large'; readonly limitBytes: number; readonly got: string }
  | { readonly kind: 'unsupported-encoding'; readonly encoding: string }
  | { readonly kind: 'not-acceptable'; readonly where: string; readonly got: string; readonly model: string }
  | { readonly kind: 'unknown-model'; readonly model: string; readonly known: readonly string[] }
  | {
      readonly kind: 'unknown-version';
      readonly model: string;
      readonly version: string;
      readonly known: readonly string[];
    }
  | { readonly kind: 'no-default-model'; readonly known: readonly string[] }
  | { readonly kind: 'unknown-route'; readonly method: string; readonly path: string; readonly why?: string }
  | { readonly kind: 'wrong-method'; readonly method: string; readonly path: string; readonly allow: readonly string[] }
  | { readonly kind: 'no-key'; readonly isWrong: boolean }
  | { readonly kind: 'wrong-scope'; readonly caller: string; readonly scope: Scope; readonly got: readonly Scope[] }
  | { readonly kind: 'rate-limited'; readonly caller: string }
  | { readonly kind: 'model-unavailable'; readonly model: string; readonly reason: string }
  | { readonly kind: 'predictor-unreachable'; readonly reason: string }
  | { readonly kind: 'predictor-busy'; readonly calls: number }
  | { readonly kind: 'predictor-down'; readonly retryMs: number }
  | { readonly kind: 'deadline'; readonly limitMs: number }
  | { readonly kind: 'expired' }
  | { readonly kind: 'bad-upstream'; readonly got: string; readonly status?: number }
  | { readonly kind: 'upstream'; readonly status: number; readonly message: string; readonly retryAfter: string | null }
  | { readonly kind: 'internal'; readonly code: string; readonly remedy: string };

/** While one predictor replaces another. */
export const IN_TURN: PredictError = {
  kind: 'predictor-unreachable',
  reason: 'answers of two versions in turn, as while one replaces another',
};

/** What an error looks like to a client: the body is always `{"error": message}`. */
export interface HttpError {
  readonly status: number;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The routes that people look for, in the text of an unknown one. */
const ROUTES =
  'POST /predict, POST /models/NAME/predict, POST /v1/models/NAME:predict, POST /v2/models/NAME/infer, GET /v2/models/NAME or ' +
  'another that GET / shows where the site is deployed';

/** Maps every error to HTTP. Statuses are those of the Open Inference Protocol v2 and of RFC 9110. */
export function toHttp(error: PredictError): HttpError {
  switch (error.kind) {
    case 'invalid-request':
      return http(400, `${error.where}: expected ${error.expected}, got ${error.got}`);
    case 'body-too-large':
      return http(413, `body: expected at most ${error.limitBytes} bytes (var MAX_BODY_BYTES), got ${error.got}`);
    case 'unsupported-encoding':
      return http(415, `header Content-Encoding: expected gzip or deflate, got ${quote(error.encoding)}`);
    case 'not-acceptable': {
      const path = `POST /v2/models/${error.model}/infer`;
      const ways = `ask ${path} for this output with "parameters": {"binary_data": true}, or set "nonFinite": "null" in the model's card for null in its place`;
      return http(406, `${error.where}: expected finite numbers, which alone fit JSON, got ${error.got}; ${ways}`);
    }
    case 'unknown-model':
      return http(404, `model: expected ${oneOf(error.known)}, got ${quote(error.model)}`);
    case 'unknown-version':
      return http(
        404,
        `model ${quote(error.model)}: expected version ${oneOf(error.known)}, got ${quote(error.version)}`,
      );
    case 'no-default-model':
      return http(404, `POST /predict: expected a model marked as default, got ${oneOf(error.known)}`);
    case 'unknown-route': {
      const got = `got ${error.method} ${excerpt(error.path)}`;
      if (error.why !== undefined) return http(404, `route: expected one that this server has, ${got}; ${error.why}`);
      return http(404, `route: expected ${ROUTES}, ${got}`);
    }
    case 'wrong-method': {
      const allow = error.allow.join(', ');
      return http(405, `${excerpt(error.path)}: expected method ${allow}, got ${error.method}`, { Allow: allow });
    }
    case 'no-key': {
      const expected = 'API key: expected one of this server, as "Authorization: Bearer KEY" or "X-API-Key: KEY"';
      if (!error.isWrong) return http(401, `${expected}, got none`, challenge());
      return http(401, `${expected}, got one that it does not know`, challenge('error="invalid_token"'));
    }
    case 'wrong-scope': {
      const message = `API key ${quote(error.caller)}: expected the scope ${error.scope}, got ${error.got.join(' and ')}`;
      return http(403, message, challenge('error="insufficient_scope"', `scope="${error.scope}"`));
    }
    case 'rate-limited': {
      const message = `caller ${quote(error.caller)}: expected no more requests than the rate limit allows, got one more`;
      return http(429, message, { 'Retry-After': String(RATE_RETRY_AFTER_S) });
    }
    case 'model-unavailable':
      return http(503, `model ${quote(error.model)}: expected it ready, got ${error.reason}`);
    case 'predictor-unreachable':
      return http(503, `predictor: expected an answer, got ${error.reason}`);
    case 'predictor-busy':
      return http(503, `predictor: expected fewer than ${error.calls} calls under way (var MAX_CALLS), got as many`);
    case 'predictor-down': {
      const got = `none to the last ones; it is tried again in ${error.retryMs} ms`;
      const seconds = Math.ceil(error.retryMs / 1_000);
      return http(503, `predictor: expected an answer, got ${got}`, { 'Retry-After': String(seconds) });
    }
    case 'deadline':
      return http(504, `predictor: expected an answer within ${error.limitMs} ms (var DEADLINE_MS), got none`);
    case 'expired':
      return http(504, 'predictor: expected a call before its caller gives up, got it after');
    case 'bad-upstream':
      return http(502, `predictor: expected an answer of the Open Inference Protocol v2, got ${error.got}`);
    case 'upstream':
      return http(error.status, error.message, error.retryAfter === null ? {} : { 'Retry-After': error.retryAfter });
    case 'internal':
      return http(500, `${error.code}: ${error.remedy}`);
  }
}

/** A failed `Result` for data that is not as expected; `where` names the model, tensor or member at fault. */
export function invalid(where: string, expected: string, got: string) {
  return fail<PredictError>({ kind: 'invalid-request', where, expected, got });
}

/** Names a value for the `got` of an error: its type and, where it is short, its value. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return `the string ${quote(value)}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return 'an object';
}

/** A text in quotes, cut to a length that fits an error message. */
export function quote(text: string): string {
  return JSON.stringify(excerpt(text));
}

const EXCERPT_CHARS = 60;

function excerpt(text: string): string {
  return text.length > EXCERPT_CHARS ? `${text.slice(0, EXCERPT_CHARS)}...` : text;
}

function oneOf(names: readonly string[]): string {
  if (names.length === 0) return 'none, as this server has no models';
  return names.map((name) => JSON.stringify(name)).join(' or ');
}

/** https://www.rfc-editor.org/rfc/rfc6750#section-3 */
function challenge(...parameters: readonly string[]): Record<string, string> {
  return { 'WWW-Authenticate': `Bearer ${['realm="tandem"', ...parameters].join(', ')}` };
}

function http(status: number, message: string, headers: Record<string, string> = {}): HttpError {
  const isBusy = status === 429 || status === 503;
  return { status, message, headers: isBusy ? { 'Retry-After': String(RETRY_AFTER_S), ...headers } : headers };
}
