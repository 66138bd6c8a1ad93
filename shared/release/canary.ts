/**
 * Whose requests go to a predictor on trial, as a var says: those of a share of the callers, the same ones each time; of
 * nobody, while it gets copies; or of who asks for it.
 */

/**
 * `CANARY` is `off`, `shadow`, or a percentage, 0 to 100; at 0 it answers only who asks for it. `CANARY_BY` is the header
 * whose value names the caller, where that is not the API key or else the address.
 */
export interface CanaryVars {
  readonly CANARY?: string;
  readonly CANARY_BY?: string;
}

export interface Trial {
  /** From 0 to 1. */
  readonly share: number;
  readonly isShadow: boolean;
  readonly by: string | undefined;
}

/** The header by which a request asks for the one or the other predictor: `always` or `never`. */
export const CANARY_HEADER = 'X-Canary';

/** Undefined where nothing is on trial. Throws on a var that is not what is expected. */
export function readTrial({ CANARY = 'off', CANARY_BY: by }: CanaryVars): Trial | undefined {
  if (by !== undefined && !/^[\w-]+$/.test(by)) {
    throw new Error(`var CANARY_BY: expected the name of a header, got ${JSON.stringify(by)}`);
  }
  if (CANARY === 'off') return undefined;
  if (CANARY === 'shadow') return { share: 0, isShadow: true, by };
  const percent = /^\d+(\.\d+)?$/.test(CANARY) ? Number(CANARY) : Number.NaN;
  if (percent <= 100) return { share: percent / 100, isShadow: false, by };
  throw new Error(`var CANARY: expected off, shadow or a percentage, 0 to 100, got ${JSON.stringify(CANARY)}`);
}

/** What a request says of itself. */
export interface Asker {
  /** The value of `CANARY_HEADER`. */
  readonly wish: string | null;
  /** Names the caller; without it each request is one of its own. */
  readonly caller: string | undefined;
}

/** Whether the request is for the predictor on trial. `random` is from 0 to 1. */
export function isOnTrial({ share, isShadow }: Trial, { wish, caller }: Asker, random: () => number): boolean {
  if (isShadow || wish === 'never') return false;
  return wish === 'always' || (caller === undefined ? random() : placeOf(caller)) < share;
}

/**
 * A place from 0 to 1 that a text always has, and that tells nothing of the places of texts like it: FNV-1a, stirred as
 * MurmurHash3 ends. http://www.isthe.com/chongo/tech/comp/fnv/, https://github.com/aappleby/smhasher
 */
function placeOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
