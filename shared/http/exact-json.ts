/**
 * JSON with whole numbers beyond 2^53, which a double does not hold: their digits as they stand in the text. It takes
 * several times as long as plain parsing, so only requests with 64-bit tensors are read so.
 */

declare global {
  /** What ECMAScript 2026 adds. */
  interface JSON {
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown;
    /** A value that `JSON.stringify` writes as `text`. */
    rawJSON(text: string): unknown;
  }
}

/** Digits of what is no safe integer and may yet be one of 64 bits; longer ones would only cost time. */
const LONG_DIGITS = /^-?\d{16,20}$/;

/** `JSON.parse`, with bigints for the whole numbers that a double does not hold. Throws as that does. */
export function parseExactJson(text: string): unknown {
  return JSON.parse(text, (_, value, { source = '' }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && LONG_DIGITS.test(source) ? BigInt(source) : value,
  );
}
