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

/** `Retry-After` of a 503 that says no other, in seconds. */
export const RETRY_AFTER_S = 1;

/** The vars that set limits, as a Worker's `env` holds them. */
export interface LimitVars {
  readonly MAX_BODY_BYTES?: string;
  readonly MAX_ROWS?: string;
}

/** The limits in force. */
export interface Limits {
  readonly maxBodyBytes: number;
  readonly maxRows: number;
}

/** Reads the limits. Throws on a var that is no positive integer, so that such a Worker never starts. */
export function readLimits(vars: LimitVars): Limits {
  return {
    maxBodyBytes: positiveInteger('MAX_BODY_BYTES', vars.MAX_BODY_BYTES, MAX_BODY_BYTES),
    maxRows: positiveInteger('MAX_ROWS', vars.MAX_ROWS, MAX_ROWS),
  };
}

function positiveInteger(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`var ${name}: expected a positive integer, got ${JSON.stringify(text)}`);
}
