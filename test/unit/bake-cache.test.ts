import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Baked } from '../../models/build/bake/bake.ts';
import { addressOf } from '../../models/build/bake/bake-models.ts';
import { cached } from '../../models/build/bake/cache.ts';
import { type JsonTensor, printGolden } from '../../models/build/golden.ts';
import { CARD } from '../support/rows.ts';

const CACHE_MODULE = new URL('../../models/build/bake/cache.ts', import.meta.url);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-cache-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const BAKED: Baked = {
  wasm: Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
  pages: 3,
  handles: [8, 16],
  runtime: 'baked',
  calibrations: [],
  firstRunMs: [1, 2],
};

/** Makes `BAKED` and counts how often. */
function baker() {
  const state = { bakes: 0 };
  const make = async () => {
    state.bakes += 1;
    return BAKED;
  };
  return { state, ask: (key = 'key') => cached(folder, key, make) };
}

it('makes an entry once, and gives the same back afterwards', async () => {
  const { state, ask } = baker();
  expect([await ask(), await ask(), await ask()]).toEqual([BAKED, BAKED, BAKED]);
  expect(state.bakes).toBe(1);
  expect(readdirSync(folder)).toEqual(['key']);
});

it('makes another key anew', async () => {
  const { state, ask } = baker();
  await ask('one');
  await ask('two');
  expect(state.bakes).toBe(2);
});

const WASM = 'runtime.wasm';
const ENTRY = 'entry.json';
const change = (file: string, replace: (text: string) => string) => (place: string) =>
  writeFileSync(join(place, file), replace(readFileSync(join(place, file), 'latin1')), 'latin1');

it.each([
  ['a changed byte of the wasm', change(WASM, (text) => `${text.slice(0, -1)}\x01`)],
  ['a truncated wasm', change(WASM, (text) => text.slice(0, 5))],
  ['an empty wasm', change(WASM, () => '')],
  ['a wasm that is missing', (place: string) => rmSync(join(place, WASM))],
  ['an entry that is missing', (place: string) => rmSync(join(place, ENTRY))],
  ['an entry that is no JSON', change(ENTRY, (text) => text.slice(0, -3))],
  ['an entry that lacks its pages', change(ENTRY, (text) => text.replace('pages', 'page'))],
  ['other pages', change(ENTRY, (text) => text.replace('"pages":3', '"pages":4'))],
  ['other handles', change(ENTRY, (text) => text.replace('16', '24'))],
  ['nothing at all', (place: string) => rmSync(place, { recursive: true })],
  [
    'a file in place of its folder',
    (place: string) => {
      rmSync(place, { recursive: true });
      writeFileSync(place, 'x');
    },
  ],
])('makes an entry with %s anew', async (_, damage) => {
  const { state, ask } = baker();
  await ask();
  damage(join(folder, 'key'));
  expect(await ask()).toEqual(BAKED);
  expect(state.bakes).toBe(2);
  expect(await ask()).toEqual(BAKED);
  expect(state.bakes).toBe(2);
});

it('keeps nothing of what could not be made', async () => {
  const fails = () => cached(folder, 'key', () => Promise.reject(new Error('no bake')));
  await expect(fails()).rejects.toThrow('no bake');
  expect(readdirSync(folder)).toEqual([]);
  expect(await baker().ask()).toEqual(BAKED);
});

it('finds nothing where a process was killed in the middle', async () => {
  const program = `import { cached } from '${CACHE_MODULE}';
    const make = () => { console.log('making'); return new Promise(() => setInterval(() => {}, 1000)); };
    await cached(${JSON.stringify(folder)}, 'key', make);`;
  const child = spawn('node', ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'close');
  const { state, ask } = baker();
  expect(await ask()).toEqual(BAKED);
  expect(state.bakes).toBe(1);
});

it('two at once both get what was made, and so does the next', async () => {
  const { state, ask } = baker();
  expect(await Promise.all([ask(), ask(), ask(), ask()])).toEqual([BAKED, BAKED, BAKED, BAKED]);
  const made = state.bakes;
  expect(await ask()).toEqual(BAKED);
  expect(state.bakes).toBe(made);
  expect(readdirSync(folder)).toEqual(['key']);
});

it('processes at once both get what was made', async () => {
  const program = `import { cached } from '${CACHE_MODULE}';
    const baked = { wasm: new Uint8Array(1e6).fill(7), pages: 3, handles: [8] };
    for (let i = 0; i < 50; i++) {
      const got = await cached(${JSON.stringify(folder)}, 'key' + (i % 5), async () => baked);
      if (!Buffer.from(got.wasm).equals(Buffer.from(baked.wasm)) || got.pages !== 3) process.exit(1);
    }`;
  const children = [1, 2].map(() => spawn('node', ['--input-type=module', '-e', program], { stdio: 'inherit' }));
  expect(await Promise.all(children.map((child) => once(child, 'close')))).toEqual([
    [0, null],
    [0, null],
  ]);
  expect(readdirSync(folder).sort()).toEqual(Array.from({ length: 5 }, (_, i) => `key${i}`));
});

it('keeps the eight newest entries', async () => {
  const { ask } = baker();
  for (let i = 0; i < 12; i++) await ask(`key${i}`);
  expect(readdirSync(folder)).toHaveLength(8);
  expect(readdirSync(folder)).toContain('key11');
});

describe('the address of a bake', () => {
  const golden = (input: number, output: number) => {
    const tensor = (data: number): JsonTensor => ({ name: 'T', datatype: 'FP32', shape: [1], data: [data] });
    return printGolden({ seed: 1, cases: [{ inputs: [tensor(input)], outputs: [tensor(output)] }] });
  };
  const made = (change: { card?: object; onnx?: string; golden?: string } = {}) => {
    const place = mkdtempSync(join(folder, 'model-'));
    const onnx = join(place, 'model.onnx');
    writeFileSync(onnx, change.onnx ?? 'a model');
    writeFileSync(join(place, 'golden.json'), change.golden ?? golden(1, 1));
    return { card: { ...CARD, ...change.card }, onnx };
  };

  it('is that of contents, wherever they lie', () => {
    expect(addressOf([made()], 'baked')).toBe(addressOf([made()], 'baked'));
    expect(addressOf([made()], 'baked')).toMatch(/^[0-9a-f]{32}$/);
  });

  it('is the same for other golden outputs, which a bake does not look at', () => {
    expect(addressOf([made({ golden: golden(1, 2) })], 'baked')).toBe(addressOf([made()], 'baked'));
  });

  it('changes with model, card, golden inputs, number and order of models', () => {
    const [model, other] = [made(), made({ onnx: 'b model' })];
    const addresses = [
      [model],
      [other],
      [made({ card: { version: '2' } })],
      [made({ golden: golden(2, 1) })],
      [made({ golden: printGolden({ seed: 1, cases: [] }) })],
      [model, other],
      [other, model],
      [model, model],
      [],
    ].map((folders) => addressOf(folders, 'baked'));
    addresses.push(addressOf([model], 'whole'));
    expect(new Set(addresses).size).toBe(addresses.length);
  });
});
