/**
 * API keys: what they look like, what a server keeps of them, and how one is recognised. A key has 256 random bits, so one
 * round of SHA-256 without salt is enough to keep it by: nobody finds it from its hash. The CLI makes what this file reads.
 */

/** What a key opens: inference with its metadata, or what only those who run the server are to see. */
export const SCOPES = ['infer', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** What a server keeps of a key. Its id is public: it names the caller in logs, limits and caches. */
export interface KeyEntry {
  readonly id: string;
  readonly scopes: readonly Scope[];
  /** SHA-256 of the whole key, in hex. */
  readonly sha256: string;
}

/** Ids that a key may have: no more than fits a line of a log, and nothing that would end one. */
export const KEY_ID = /^[a-z0-9-]{1,32}$/;

/** A key: its id, and 32 random bytes as base64url. */
const KEY = /^tk_([a-z0-9-]{1,32})_[\w-]{43}$/;

const ENTRY = /^([a-z0-9-]{1,32}):((?:infer|admin)(?:\+(?:infer|admin))?):([0-9a-f]{64})$/;

/** A new key with its entry. `random`: 32 bytes nobody knows. */
export async function makeKey(id: string, scopes: readonly Scope[], random: string) {
  const key = `tk_${id}_${random}`;
  return { key, entry: { id, scopes, sha256: await hash(key) } };
}

/** The entries as `API_KEYS` holds them. */
export function formatEntries(entries: readonly KeyEntry[]): string {
  return entries.map(({ id, scopes, sha256 }) => `${id}:${scopes.join('+')}:${sha256}`).join(',');
}

/** The entries of `API_KEYS`, between spaces or commas. Throws, without a word of what may be a key, where one is none. */
export function parseEntries(text: string): KeyEntry[] {
  const entries = text.split(/[\s,]+/).filter((part) => part !== '');
  const ids = new Set<string>();
  return entries.map((part, index) => {
    const wrong = (expected: string, got: string) =>
      new Error(`secret API_KEYS, entry ${index + 1}: expected ${expected}, got ${got}`);
    const [, id = '', scopes = '', sha256 = ''] = ENTRY.exec(part) ?? [];
    if (sha256 === '') {
      const got = part.startsWith('tk_') ? 'what looks like a key itself' : `${part.length} characters of another form`;
      throw wrong('ID:SCOPES:SHA256 as "npm run keys" makes it', got);
    }
    if (ids.has(id)) throw wrong('an id of its own', `${JSON.stringify(id)} once more`);
    ids.add(id);
    return { id, sha256, scopes: SCOPES.filter((scope) => scopes.split('+').includes(scope)) };
  });
}

/** Recognises keys. */
export type FindKey = (key: string) => Promise<KeyEntry | undefined>;

/**
 * Whose key a text is. A key is hashed when an isolate first sees it; the last one that was right under each id is kept, in
 * this closure alone, and compared with from then on. Either comparison takes the same time wherever the texts differ, and
 * only ids, which are public, are looked up.
 */
export function createKeyring(entries: readonly KeyEntry[]): FindKey {
  const known = new Map(entries.map((entry) => [entry.id, { entry, right: '' }]));
  return async (key) => {
    const found = known.get(KEY.exec(key)?.[1] ?? '');
    if (found === undefined) return undefined;
    if (isSame(key, found.right)) return found.entry;
    if (!isSame(await hash(key), found.entry.sha256)) return undefined;
    found.right = key;
    return found.entry;
  };
}

async function hash(key: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Lengths are no secret. */
function isSame(text: string, other: string): boolean {
  let difference = text.length ^ other.length;
  for (let i = 0; i < text.length; i++) difference |= text.charCodeAt(i) ^ other.charCodeAt(i);
  return difference === 0;
}
