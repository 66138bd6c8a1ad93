/** A module that does not answer as the stock runtime does is never shipped: the comparison finds it, the build says so. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RUNTIME_WASM } from '../../models/build/artefact.ts';
import type { CompareTask } from '../../models/build/bake/compare.ts';
import { runThread } from '../../models/build/bake/thread.ts';
import { generateInputs } from '../../models/build/generate-inputs.ts';
import { printGolden, toJsonTensor } from '../../models/build/golden.ts';
import { ROOT } from '../../models/build/workers.ts';
import { run } from '../support/run.ts';
import { sabotage } from '../support/sabotage.ts';
import { card, encode } from '../support/test-models.ts';
import { findVictim } from '../support/victim.ts';

const BAKE_MS = 300_000;
const STOCK = new Uint8Array(readFileSync(RUNTIME_WASM));

describe('the comparison', () => {
  let found: Awaited<ReturnType<typeof findVictim>>;
  beforeAll(async () => {
    found = await findVictim();
  }, BAKE_MS);

  function subject(name: string) {
    const model = found.models.find((item) => item.card.name === name);
    if (model === undefined) throw new Error(`expected a baked model, got ${name}`);
    return model;
  }

  function compare(name: string, { wasm = found.baked.wasm, onnx = subject(name).onnx } = {}): Promise<number> {
    const model = subject(name);
    const baked = { ...found.baked, wasm, handles: [model.handle] };
    const task: CompareTask = { baked, models: [{ ...model, onnx }], stock: STOCK };
    return runThread<number>(new URL('../../models/build/bake/compare.ts', import.meta.url), task);
  }

  /** The bytes with the lowest bit of the first weight of auto-mpg turned, wherever the weights are. */
  function withOtherWeights(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const { graph } = fromBinary(ModelProtoSchema, subject('auto-mpg').onnx);
    // The runtime keeps matrices in a layout of its own, so single weights are looked for.
    const weight = graph?.initializer[0]?.rawData.subarray(0, 4) ?? new Uint8Array();
    const copy = Buffer.from(bytes);
    let places = 0;
    for (let at = copy.indexOf(weight); at !== -1; at = copy.indexOf(weight, at + 1)) {
      copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
      places += 1;
    }
    expect(places).toBeGreaterThan(0);
    return new Uint8Array(copy);
  }

  it('passes the module as it was baked', async () => {
    expect(await compare('auto-mpg')).toBeGreaterThan(200);
  });

  it('fails for one bit of a weight, and says of which model', async () => {
    const wasm = withOtherWeights(found.baked.wasm);
    await expect(compare('auto-mpg', { wasm })).rejects.toThrow(
      /^model auto-mpg, inputs .*: expected Y FP32 .*, got Y FP32/,
    );
  });

  it('fails for a model other than the one baked', async () => {
    const onnx = withOtherWeights(subject('auto-mpg').onnx);
    await expect(compare('auto-mpg', { onnx })).rejects.toThrow(
      /^model auto-mpg, inputs .*: expected Y FP32 .*, got Y FP32/,
    );
  });

  it.each(['trap', 'missing'] as const)('fails for a run that ends in %s', async (damage) => {
    const wasm = sabotage(found.baked.wasm, found.slot, damage);
    await expect(compare('labels', { wasm })).rejects.toThrow(
      /^model labels, .*: expected label BYTES .*, got broken: R/,
    );
  });

  it('fails for a module that does not start', async () => {
    const wasm = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    await expect(compare('auto-mpg', { wasm })).rejects.toThrow();
  });
});

describe('a build', () => {
  const COPY = mkdtempSync(join(tmpdir(), 'tandem-unverified-'));
  const build = (...args: string[]) => run('node', [join(COPY, 'models/build/build.ts'), ...args]);

  beforeAll(() => {
    const parts = [
      'package.json',
      'package-lock.json',
      'wrangler.toml',
      'workers',
      'shared',
      'models',
      'bench/arms/workers',
    ];
    for (const part of parts) cpSync(join(ROOT, part), join(COPY, part), { recursive: true });
    rmSync(join(COPY, 'models/dist'), { recursive: true, force: true });
    symlinkSync(join(ROOT, 'node_modules'), join(COPY, 'node_modules'));
  });
  afterAll(() => rmSync(COPY, { recursive: true }));

  /** Runs a build that cannot be baked, and holds what it made to be stock; returns what it printed. */
  async function expectStock(model: string): Promise<string> {
    const { code, stderr } = await build('--models', model);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const warning = 'WARNING: the models could not be baked; this build has the slower stock runtime: ';
    expect(stderr).toContain(warning);
    expect(await build('--models', model)).toMatchObject({ code: 0, stderr: expect.stringContaining(warning) });
    const root = join(COPY, `dist/builds/baked-${model}`);
    expect(Buffer.compare(readFileSync(join(root, 'models/dist/runtime.wasm')), STOCK)).toBe(0);
    const shipped = readdirSync(join(root, 'dist/combined')).filter((file) => /\.(wasm|onnx)$/.test(file));
    expect(shipped.map((file) => file.replace(/^[0-9a-f]+-/, '')).sort()).toEqual([`${model}.onnx`, 'runtime.wasm']);
    expect(stderr).toMatch(/build: done\n$/);
    return stderr;
  }

  it(
    'of a model whose answers are not the same twice ships stock, and says where they differ',
    async () => {
      const noise = card(
        'noise',
        [{ name: 'X', datatype: 'FP32', shape: [-1, 2] }],
        [
          { name: 'same', datatype: 'FP32', shape: [-1, 2] },
          { name: 'noise', datatype: 'FP32', shape: [-1, 2] },
        ],
      );
      const nodes = [
        { opType: 'Identity', input: ['X'], output: ['same'] },
        { opType: 'RandomNormalLike', input: ['X'], output: ['noise'] },
      ];
      const inputs = generateInputs(noise, 2, 1).map(toJsonTensor);
      // Of the noise there is no golden output.
      const outputs = inputs.map((tensor) => ({ ...tensor, name: 'same' }));
      const folder = join(COPY, 'models/noise');
      mkdirSync(folder);
      writeFileSync(join(folder, 'model.onnx'), encode({ card: noise, nodes }));
      writeFileSync(join(folder, 'card.json'), JSON.stringify(noise));
      writeFileSync(join(folder, 'golden.json'), printGolden({ seed: 1, cases: [{ inputs, outputs }] }));
      const stderr = await expectStock('noise');
      expect(stderr).toMatch(/WARNING: .*: model noise, inputs \[\[2,2\]\]: expected same FP32 .*, got same FP32 /);
      expect(readdirSync(join(COPY, 'dist'))).not.toContain('cache');
    },
    BAKE_MS,
  );

  it(
    'on a release that the baker does not know ships stock, and names release and check',
    async () => {
      const packages = join(COPY, 'node_modules');
      rmSync(packages);
      mkdirSync(packages);
      for (const name of readdirSync(join(ROOT, 'node_modules'))) {
        if (name !== 'onnxruntime-web') symlinkSync(join(ROOT, 'node_modules', name), join(packages, name));
      }
      const from = join(ROOT, 'node_modules/onnxruntime-web');
      const to = join(packages, 'onnxruntime-web');
      const files = readdirSync(join(from, 'dist')).filter((file) =>
        /^ort(\.wasm\.|-wasm-simd-threaded\.(mjs|wasm)$)/.test(file),
      );
      for (const file of files) cpSync(join(from, 'dist', file), join(to, 'dist', file));
      const manifest = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'));
      writeFileSync(join(to, 'package.json'), JSON.stringify({ ...manifest, version: '1.99.0' }));
      const glue = join(to, 'dist/ort-wasm-simd-threaded.mjs');
      writeFileSync(glue, readFileSync(glue, 'utf8').replaceAll('_OrtRun=', '_OrtRunNow='));
      expect(await expectStock('auto-mpg')).toMatch(
        /WARNING: .*: onnxruntime-web 1\.99\.0: expected the export of \w+ in its glue; the baker does not know this release\n/,
      );
    },
    BAKE_MS,
  );
});
