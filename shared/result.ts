/**
 * `Result`: an expected failure as a value. Exceptions are left for bugs and lost infrastructure, and a plain value
 * crosses a Worker boundary unchanged where an exception would lose its class.
 */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

/** A success holding `value`. */
export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

/** A failure holding `error`. */
export function fail<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}
