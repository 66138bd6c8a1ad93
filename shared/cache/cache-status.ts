/** The headers of a cache: what a client wants of it, and what it says that it has done. */

/** What became of a request, in a word for logs and counts. */
export type CacheUse = 'hit' | 'miss' | 'stale';

/** What a request asks of whoever has an answer in store. */
export interface CacheWish {
  /** The most that an answer may be old. */
  readonly maxAgeMs: number;
  /** Whether its answer may be kept for others. */
  readonly mayStore: boolean;
}

const NO_WISH: CacheWish = { maxAgeMs: Number.POSITIVE_INFINITY, mayStore: true };
const MAX_AGE = 'max-age=';

/** Reads `Cache-Control`. https://www.rfc-editor.org/rfc/rfc9111#section-5.2.1 */
export function readWish(header: string | null): CacheWish {
  if (header === null) return NO_WISH;
  const directives = header.split(',').map((directive) => directive.trim().toLowerCase());
  const mayStore = !directives.includes('no-store');
  if (!mayStore || directives.includes('no-cache')) return { maxAgeMs: 0, mayStore };
  const maxAge = directives.find((directive) => directive.startsWith(MAX_AGE));
  if (maxAge === undefined) return NO_WISH;
  const seconds = Number(maxAge.slice(MAX_AGE.length).replaceAll('"', ''));
  // One that cannot be read is held for the strictest.
  return { maxAgeMs: seconds >= 0 ? seconds * 1_000 : 0, mayStore };
}

/** What is told of a request. */
export interface CacheReport {
  readonly use: CacheUse;
  /** The value of `Cache-Status`. */
  readonly status: string;
  /** The value of `Age`, of an answer from the store. */
  readonly ageS?: number;
}

/** An answer from the store. https://www.rfc-editor.org/rfc/rfc9211 */
export function hit(ageMs: number, freshMs: number): CacheReport {
  return { use: 'hit', status: `tandem; hit; ttl=${toSeconds(freshMs - ageMs)}`, ageS: toSeconds(ageMs) };
}

/** One whose time is over, in the place of a failure of the predictor that would have had the status `failed`. */
export function stale(ageMs: number, freshMs: number, failed: number): CacheReport {
  const status = `tandem; fwd=stale; fwd-status=${failed}; ttl=${toSeconds(freshMs - ageMs)}`;
  return { use: 'stale', status, ageS: toSeconds(ageMs) };
}

/** The predictor's own answer or error, with the reason why it was asked. */
export function forwarded(reason: 'miss' | 'stale' | 'request' | 'bypass', isStored: boolean): CacheReport {
  return { use: 'miss', status: `tandem; fwd=${reason}${isStored ? '; stored' : ''}` };
}

function toSeconds(ms: number): number {
  return Math.floor(ms / 1_000);
}
