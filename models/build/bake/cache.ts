/** Baked modules by what they are made from: the same sources are baked once. */
import * as v from 'valibot';
import { keep, readKept, type Store } from '../kept-files.ts';
import type { Baked } from './bake.ts';
import { Calibration } from './calibration.ts';

const Entry = v.object({
  pages: v.number(),
  handles: v.array(v.number()),
  runtime: v.picklist(['baked', 'whole']),
  calibrations: v.array(Calibration),
  firstRunMs: v.array(v.number()),
  warning: v.optional(v.string()),
});

const MOST = 8;

/** The entry of `key` under `folder`, or what `make` makes, which is kept. */
export async function cached(folder: string, key: string, make: () => Promise<Baked>): Promise<Baked> {
  const store: Store = { folder, most: MOST };
  const found = read(store, key);
  if (found !== undefined) return found;
  const baked = await make();
  const { wasm, ...entry } = baked;
  const files = new Map([
    ['runtime.wasm', wasm],
    ['entry.json', new TextEncoder().encode(JSON.stringify(entry))],
  ]);
  // What lost its cut may have lost it to a busy machine: the next build tries again.
  if (baked.warning === undefined) keep(store, key, files);
  return baked;
}

function read(store: Store, key: string): Baked | undefined {
  const files = readKept(store, key);
  const wasm = files?.get('runtime.wasm');
  const entry = v.safeParse(
    v.pipe(v.string(), v.parseJson(), Entry),
    new TextDecoder().decode(files?.get('entry.json')),
  );
  return wasm === undefined || !entry.success ? undefined : { wasm, ...entry.output };
}
