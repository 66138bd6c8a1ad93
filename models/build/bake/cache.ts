/**
 * Baked modules by what they are made from: the same sources are baked once. An entry is written beside its place and
 * renamed into it, so that a half-written one is never found, and is believed only while its digest is right.
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
import * as v from 'valibot';
import type { Baked } from './bake.ts';
import { Calibration } from './calibration.ts';

const Entry = v.object({
  sha256: v.string(),
  pages: v.number(),
  handles: v.array(v.number()),
  runtime: v.picklist(['baked', 'whole']),
  calibrations: v.array(Calibration),
  firstRunMs: v.array(v.number()),
  warning: v.optional(v.string()),
});

/** The entry of `key` under `folder`, or what `make` makes, which is kept. */
export async function cached(folder: string, key: string, make: () => Promise<Baked>): Promise<Baked> {
  const place = join(folder, key);
  const found = read(place);
  if (found !== undefined) return found;
  const baked = await make();
  // What lost its cut may have lost it to a busy machine: the next build tries again.
  if (baked.warning === undefined) keep(place, folder, baked);
  return baked;
}

function read(place: string): Baked | undefined {
  try {
    const wasm = new Uint8Array(readFileSync(join(place, 'runtime.wasm')));
    const { sha256, ...entry } = v.parse(Entry, JSON.parse(readFileSync(join(place, 'entry.json'), 'utf8')));
    return digest({ wasm, ...entry }) === sha256 ? { wasm, ...entry } : undefined;
  } catch {
    return undefined;
  }
}

function keep(place: string, folder: string, baked: Baked): void {
  const { wasm, ...entry } = baked;
  mkdirSync(folder, { recursive: true });
  const half = mkdtempSync(join(folder, 'half-'));
  writeFileSync(join(half, 'runtime.wasm'), wasm);
  writeFileSync(join(half, 'entry.json'), JSON.stringify({ ...entry, sha256: digest(baked) }));
  rmSync(place, { recursive: true, force: true });
  try {
    renameSync(half, place);
  } catch (cause) {
    // Another bake of the same sources was quicker, and made the same bytes.
    rmSync(half, { recursive: true });
    if (!existsSync(place)) throw cause;
  }
  prune(folder);
}

/** How many entries are kept, the newest ones; folders that an interrupted bake left grow old among them. */
const KEPT = 8;

function prune(folder: string): void {
  const entries = readdirSync(folder).map((name) => ({ name, ms: modifiedMs(join(folder, name)) }));
  const old = entries.sort((a, b) => b.ms - a.ms).slice(KEPT);
  for (const { name } of old) rmSync(join(folder, name), { recursive: true, force: true });
}

function digest({ wasm, pages, handles, runtime }: Baked): string {
  return createHash('sha256')
    .update(JSON.stringify([pages, handles, runtime]))
    .update(wasm)
    .digest('hex');
}

/** When a file or folder was last changed; another process may have removed it meanwhile. */
function modifiedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
