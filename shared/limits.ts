/**
 * What a request may cost, as constants with units. The two that depend on the user's models can be set by a var of
 * the Worker's configuration.
 */

/** Largest request body, in bytes. Var `MAX_BODY_BYTES`. */
export const MAX_BODY_BYTES = 1_048_576;

/** Most rows (first dimension) of one inference. Var `MAX_ROWS`; a card's `maxRows` may lower it further. */
export const MAX_ROWS = 1_024;

/** Most dimensions of a tensor: bounds the recursion over nested JSON data. */
export const MAX_RANK = 16;

/** Most elements of a tensor, sizes of 0 counted as 1: the runtime keeps sizes as signed integers of 32 bits. */
export const MAX_ELEMENTS = 2 ** 31 - 1;

/**
 * Most memory of the WebAssembly module, in bytes: an isolate has 128 MB, and its JavaScript heap takes the rest. A run
 * that needs more fails alone. https://developers.cloudflare.com/workers/platform/limits/
 */
export const MAX_WASM_BYTES = 112 * 2 ** 20;

/**
 * Most allocations of one run. A loop in a model may be asked for 2^63 rounds, of some ten allocations each; the largest
 * requests to models without one take a few thousand, and this many take half a second or so.
 */
export const MAX_RUN_ALLOCATIONS = 2 ** 22;

/** How long after a failed session the next request may try again, in milliseconds. */
export const SESSION_RETRY_MS = 1_000;

/** How long a catalog is trusted when a request does not fit it, as by the name of its model, in milliseconds. */
export const CATALOG_MISS_MS = 1_000;

/** How long the gateway waits for its predictor in one call, in milliseconds. Var `DEADLINE_MS`. */
export const DEADLINE_MS = 10_000;

/** Most milliseconds that a timer of every platform holds. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Most calls of a predictor that one gateway has under way: enough for 1,000 a second over a network of 50 ms, and few
 * enough that one at a time of 150 ms all end before the deadline. Var `MAX_CALLS`.
 */
export const MAX_CALLS = 64;

/** So many calls in a row without an answer open the breaker. */
export const BREAKER_FAILURES = 5;

/** How long it is open, and from one try to the next, in milliseconds. */
export const BREAKER_OPEN_MS = 500;

/** Share of requests for which the same predictor may be asked once more, and most such repetitions saved up. */
export const RETRY_SHARE = 0.1;
export const MAX_RETRY_CREDIT = 10;

/** The wait before a repetition is random up to this, in milliseconds. */
export const RETRY_JITTER_MS = 50;

/** `Retry-After` of a 503 that says no other, in seconds. */
export const RETRY_AFTER_S = 1;

/** `Retry-After` of a request over the rate limit, in seconds: the shorter period of the platform's limits, which no Worker can read. */
export const RATE_RETRY_AFTER_S = 10;

/** The vars that set limits, as a Worker's `env` holds them. */
export interface LimitVars {
  readonly MAX_BODY_BYTES?: string;
  readonly MAX_ROWS?: string;
}

/** The var of the answers that are kept. */
export interface CacheVars {
  readonly CACHE_BYTES?: string;
}

/** The most that they may take of an isolate's memory, in bytes; 0 where none are kept. Throws on what is no number of bytes. */
export function readCacheBytes({ CACHE_BYTES }: CacheVars): number {
  return CACHE_BYTES === '0' ? 0 : positiveInteger('CACHE_BYTES', CACHE_BYTES, 0);
}

/** The limits in force. */
export interface Limits {
  readonly maxBodyBytes: number;
  readonly maxRows: number;
}

/** The vars of what a gateway does about its predictor's failures. */
export interface ResilienceVars {
  readonly RESILIENCE?: string;
  readonly DEADLINE_MS?: string;
  readonly MAX_CALLS?: string;
}

/** What of it can be set. */
export interface Resilience {
  readonly deadlineMs: number;
  readonly maxCalls: number;
}

/** Reads them; undefined where `RESILIENCE` is `off`. Throws on a var that is not what is expected. */
export function readResilience(vars: ResilienceVars): Resilience | undefined {
  const deadlineMs = positiveInteger('DEADLINE_MS', vars.DEADLINE_MS, DEADLINE_MS, MAX_TIMER_MS);
  const maxCalls = positiveInteger('MAX_CALLS', vars.MAX_CALLS, MAX_CALLS);
  const { RESILIENCE = 'on' } = vars;
  if (RESILIENCE === 'on') return { deadlineMs, maxCalls };
  if (RESILIENCE === 'off') return undefined;
  throw new Error(`var RESILIENCE: expected on or off, got ${JSON.stringify(RESILIENCE)}`);
}

/** Reads the limits. Throws on a var that is no positive integer, so that such a Worker never starts. */
export function readLimits(vars: LimitVars): Limits {
  return {
    maxBodyBytes: positiveInteger('MAX_BODY_BYTES', vars.MAX_BODY_BYTES, MAX_BODY_BYTES),
    maxRows: positiveInteger('MAX_ROWS', vars.MAX_ROWS, MAX_ROWS),
  };
}

function positiveInteger(name: string, text: string | undefined, fallback: number, most = Number.MAX_SAFE_INTEGER) {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0 && value <= most) return value;
  const expected = most === Number.MAX_SAFE_INTEGER ? 'a positive integer' : `a positive integer up to ${most}`;
  throw new Error(`var ${name}: expected ${expected}, got ${JSON.stringify(text)}`);
}
