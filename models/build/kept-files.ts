/**
 * Files that a build keeps by what they are made from, so that the same sources are worked on once. An entry is written
 * beside its place and renamed into it, so that a half-written one is never found, and is believed only while its digest
 * is right.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** Contents by name, without folders. */
export type Files = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

export interface Store {
  readonly folder: string;
  /** How many entries are kept, the newest ones; folders that an interrupted build left grow old among them. */
  readonly most: number;
}

/** Holds the digest of all other files of an entry. */
const DIGEST = 'sha256';

/** The files kept under `key`; undefined where they are not there, or not as they were kept. */
export function readKept({ folder }: Store, key: string): Files | undefined {
  try {
    const place = join(folder, key);
    const names = readdirSync(place).filter((name) => name !== DIGEST);
    const files = new Map(names.sort().map((name) => [name, new Uint8Array(readFileSync(join(place, name)))]));
    return readFileSync(join(place, DIGEST), 'utf8') === digest(files) ? files : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps files under `key`, in place of what is there. */
export function keep({ folder, most }: Store, key: string, files: Files): void {
  const place = join(folder, key);
  mkdirSync(folder, { recursive: true });
  const half = mkdtempSync(join(folder, 'half-'));
  for (const [name, content] of files) writeFileSync(join(half, name), content);
  writeFileSync(join(half, DIGEST), digest(files));
  try {
    rmSync(place, { recursive: true, force: true });
    renameSync(half, place);
  } catch (cause) {
    // Another build of the same sources put its entry there meanwhile, of the same bytes.
    rmSync(half, { recursive: true });
    if (!existsSync(place)) throw cause;
  }
  prune(folder, most);
}

function prune(folder: string, most: number): void {
  const entries = readdirSync(folder).map((name) => ({ name, ms: modifiedMs(join(folder, name)) }));
  const old = entries.sort((a, b) => b.ms - a.ms).slice(most);
  for (const { name } of old) rmSync(join(folder, name), { recursive: true, force: true });
}

function digest(files: Files): string {
  const hash = createHash('sha256');
  for (const name of [...files.keys()].sort()) {
    const content = files.get(name) ?? new Uint8Array();
    hash.update(`${name} ${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** When a file or folder was last changed; another process may have removed it meanwhile. */
function modifiedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
