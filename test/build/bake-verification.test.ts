/** A module that does not answer as the stock runtime does is never shipped: the comparison finds it, the build says so. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { beforeAll, describe, expect, it } from 'vitest';
import { RUNTIME_WASM } from '../../models/build/artefact.ts';
import type { CompareTask, Comparison } from '../../models/build/bake/compare.ts';
import { readPackage } from '../../models/build/bake/onnxruntime.ts';
import { runThread } from '../../models/build/bake/thread.ts';
import { watchedModule } from '../../models/build/bake/watched-module.ts';
import { ROOT } from '../../models/build/workers.ts';
import { copyProject } from '../support/project-copy.ts';
import { run } from '../support/run.ts';
import { sabotage } from '../support/sabotage.ts';
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

  async function compare(
    name: string,
    { wasm = found.baked.wasm, onnx = subject(name).onnx } = {},
  ): Promise<Comparison> {
    const model = subject(name);
    const made = { ...found.baked, wasm, handles: [model.handle] };
    const calibrations = found.baked.calibrations.slice(found.models.indexOf(model)).slice(0, 1);
    const stock = { wasm: await watchedModule(readPackage()), exports: readPackage().exports };
    const task: CompareTask = { made, models: [{ ...model, onnx }], calibrations, stock };
    return runThread<Comparison>(new URL('../../models/build/bake/compare.ts', import.meta.url), task);
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
    const { runs, difference } = await compare('auto-mpg');
    expect(difference).toBeUndefined();
    expect(runs).toBeGreaterThan(200);
  });

  it('fails for one bit of a weight, and says of which model', async () => {
    const wasm = withOtherWeights(found.baked.wasm);
    expect((await compare('auto-mpg', { wasm })).difference).toMatch(
      /^model auto-mpg@1, inputs .*: expected Y FP32 .*, got Y FP32/,
    );
  });

  it('fails for a model other than the one baked', async () => {
    const onnx = withOtherWeights(subject('auto-mpg').onnx);
    expect((await compare('auto-mpg', { onnx })).difference).toMatch(
      /^model auto-mpg@1, inputs .*: expected Y FP32 .*, got Y FP32/,
    );
  });

  it.each(['trap', 'missing'] as const)('fails for a run that ends in %s', async (damage) => {
    const wasm = sabotage(found.baked.wasm, found.slot, damage);
    expect((await compare('labels', { wasm })).difference).toMatch(
      /^model labels@1, .*: expected label BYTES .*, got (broken off: values|a function that the build left out)/,
    );
  });

  it('fails for a module that does not start', async () => {
    const wasm = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    await expect(compare('auto-mpg', { wasm })).rejects.toThrow();
  });
});

describe('a build', () => {
  const COPY = copyProject(['auto-mpg']);
  const build = (...args: string[]) => run('node', [join(COPY, 'models/build/build.ts'), ...args]);

  /** Runs a build twice, the second of which has only the warning to repeat; returns what the first printed. */
  async function warned(model: string, warning: string): Promise<string> {
    const { code, stderr } = await build('--models', model);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain(warning);
    expect(await build('--models', model)).toMatchObject({ code: 0, stderr: expect.stringContaining(warning) });
    expect(stderr).toMatch(/build: done\n$/);
    return stderr;
  }

  /** The wasm and models that the combined Worker of a build ships, and the runtime's own bytes. */
  function shipped(model: string) {
    const root = join(COPY, `dist/builds/baked-${model}`);
    const files = readdirSync(join(root, 'dist/combined')).filter((file) => /\.(wasm|onnx)$/.test(file));
    const names = files.map((file) => file.replace(/^[0-9a-f]+-/, '')).sort();
    return { names, wasm: readFileSync(join(root, 'models/dist/runtime.wasm')) };
  }

  it(
    'whose cut takes too much loses the cut alone, and says where an answer differed',
    async () => {
      const pass = join(COPY, 'models/build/bake/cut-table.ts');
      const source = readFileSync(pass, 'utf8');
      writeFileSync(pass, source.replace('kept.has(name) ? name : stubs(name)', 'stubs(name)'));
      const stderr = await warned('auto-mpg', 'WARNING: the runtime is whole, slower to start by a few times: ');
      expect(stderr).toMatch(
        /WARNING: .*: model auto-mpg@1, inputs \[\[1,8\]\]: expected Y FP32 .*, got a function that/,
      );
      const { names, wasm } = shipped('auto-mpg');
      expect(names).toEqual(['runtime.wasm']);
      const exports = WebAssembly.Module.exports(new WebAssembly.Module(new Uint8Array(wasm))).map(({ name }) => name);
      expect(exports).toContain('reset');
      expect(wasm.length).toBeGreaterThan(STOCK.length);
      writeFileSync(pass, source);
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
      const stderr = await warned(
        'auto-mpg',
        'WARNING: the models could not be baked; this build has the stock runtime',
      );
      expect(shipped('auto-mpg')).toMatchObject({ names: ['auto-mpg@1.onnx', 'runtime.wasm'] });
      expect(Buffer.compare(shipped('auto-mpg').wasm, STOCK)).toBe(0);
      expect(stderr).toMatch(
        /WARNING: .*: onnxruntime-web 1\.99\.0: expected the export of \w+ in its glue; the baker does not know this release\n/,
      );
    },
    BAKE_MS,
  );
});
