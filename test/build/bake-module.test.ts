/** The whole bake on the real package: the same bytes every time, what the Workers ship, and the stock runtime's bits. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import * as v from 'valibot';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Baked, bake } from '../../models/build/bake/bake.ts';
import { bakeModels, readModel } from '../../models/build/bake/bake-models.ts';
import { readPackage } from '../../models/build/bake/onnxruntime.ts';
import { drawInputs } from '../../models/build/generate-inputs.ts';
import { fromJsonTensor, Golden } from '../../models/build/golden.ts';
import { selectModels } from '../../models/build/options.ts';
import { bundleFolder, ROOT } from '../../models/build/workers.ts';
import { createBakedRuntime } from '../../shared/inference/baked-runtime.ts';
import type { Session } from '../../shared/inference/runtime.ts';
import { createStockRuntime } from '../../shared/inference/stock-runtime.ts';
import { MAX_ROWS } from '../../shared/limits.ts';
import { createTensor, type Tensor } from '../../shared/tensor.ts';
import { bakedSubjects, RARE_VALUE } from '../support/baked-models.ts';
import { bitsOf } from '../support/bits.ts';

const BAKE_MS = 300_000;
const SEED = 53;
/** Rows of 1 to so many make 10,000 together. */
const BATCHES = 141;

const FOLDERS = selectModels(undefined);
let baked: Baked;
beforeAll(async () => {
  baked = await bakeModels({ folders: FOLDERS, runtime: 'baked', log: () => undefined });
}, BAKE_MS);

it(
  'two bakes of the same models give the same bytes',
  async () => {
    const models = FOLDERS.map(readModel);
    const second = await bake({ runtime: 'baked', models, ort: readPackage(), log: () => undefined });
    expect(Buffer.compare(second.wasm, baked.wasm)).toBe(0);
    expect([second.pages, second.handles]).toEqual([baked.pages, baked.handles]);
  },
  BAKE_MS,
);

it(
  'a kernel that no calibration run reached is there all the same',
  async () => {
    const { baked: module, models } = await bakedSubjects();
    const rare = models.find((model) => model.card.name === 'rare');
    expect([module.runtime, rare === undefined]).toEqual(['baked', false]);
    const runtime = createBakedRuntime(new WebAssembly.Module(module.wasm), module.pages);
    const session = await runtime.openSession(rare?.handle ?? 0);
    const row = (first: number) => [createTensor('X', 'FP32', [1, 4], Float32Array.of(first, 1, 2, 3))];
    expect((await session.run(row(0), ['Y']))[0]?.data).toEqual(Float32Array.of(0, 1, 2, 3));
    expect((await session.run(row(RARE_VALUE), ['Y']))[0]?.data).toEqual(Float32Array.of(1, 0, 0, 0));
  },
  BAKE_MS,
);

it.each(['combined', 'predictor'] as const)('the %s Worker ships what was baked from its models', (worker) => {
  const folder = bundleFolder(worker);
  const modules = readdirSync(folder).filter((file) => file.endsWith('.wasm'));
  expect(modules.map((file) => Buffer.compare(readFileSync(join(folder, file)), baked.wasm))).toEqual([0]);
  const artefact = readFileSync(join(ROOT, 'models/dist/artefact.ts'), 'utf8');
  expect(artefact).toContain(`createBakedRuntime(module, ${baked.pages})`);
  for (const handle of baked.handles) expect(artefact).toContain(`runtime.openSession(${handle})`);
});

describe.each(FOLDERS.map(({ card }, index) => [card.name, index] as const))('%s', (_, index) => {
  const { card, onnx } = FOLDERS[index] ?? {};
  if (card === undefined || onnx === undefined) throw new Error('expected a model');
  const outputs = card.outputs.map(({ name }) => name);
  let stock: Session;
  let candidate: Session;
  beforeAll(async () => {
    const wasm = new Uint8Array(readPackage().wasm);
    stock = await createStockRuntime(new WebAssembly.Module(wasm)).createSession(new Uint8Array(readFileSync(onnx)));
    const runtime = createBakedRuntime(new WebAssembly.Module(baked.wasm), baked.pages);
    candidate = await runtime.openSession(baked.handles[index] ?? 0);
  });

  /** Runs both on the same inputs; true when every bit of every output is the same. */
  async function agree(inputs: readonly Tensor[]): Promise<boolean> {
    const [expected, got] = [await stock.run(inputs, outputs), await candidate.run(inputs, outputs)];
    return expected.map(bitsOf).join('\n') === got.map(bitsOf).join('\n');
  }

  it('gives the bits of the stock runtime for its golden inputs', async () => {
    const { cases } = v.parse(Golden, JSON.parse(readFileSync(join(dirname(onnx), 'golden.json'), 'utf8')));
    expect(cases.length).toBeGreaterThan(0);
    for (const { inputs } of cases) expect(await agree(inputs.map(fromJsonTensor))).toBe(true);
  });

  it('gives them for 10,000 random rows in batches of every size', async () => {
    const random = xoroshiro128plus(SEED);
    for (let rows = 1; rows <= BATCHES; rows++)
      expect([rows, await agree(drawInputs(card, { rows }, random))]).toEqual([rows, true]);
  });

  it('gives them for batches up to the limit', async () => {
    const random = xoroshiro128plus(SEED + 1);
    const limit = Math.min(MAX_ROWS, card.maxRows ?? MAX_ROWS);
    // Every size where rows are small, else those around powers of two.
    const width = drawInputs(card, { rows: 1 }, random).reduce((sum, { data }) => sum + data.length, 0);
    const all = Array.from({ length: limit }, (_, i) => i + 1);
    const near = all.filter((rows) => [-1, 0, 1].some((d) => Number.isInteger(Math.log2(rows + d))));
    for (const rows of width > 16 ? near : all) {
      expect([rows, await agree(drawInputs(card, { rows }, random))]).toEqual([rows, true]);
    }
  });
});
