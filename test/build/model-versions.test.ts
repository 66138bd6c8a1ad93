/** Several versions of a model under models/: how they are added, labelled and removed, and that a build serves them all. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { moveLabel } from '../../models/build/labels.ts';
import { findModels, inServedOrder } from '../../models/build/model-folder.ts';
import { listModels, removeModel } from '../../models/build/model-list.ts';
import { ask } from '../support/ask.ts';
import { add, folders, MODELS, removeFolder, removeModels } from '../support/model-folder.ts';
import { fp32, makeOnnx } from '../support/onnx.ts';
import { copyProject } from '../support/project-copy.ts';
import { run, start } from '../support/run.ts';

afterAll(removeFolder);

/** From `x` to itself with the other sign, as another output than that of `makeOnnx()`. */
const NEGATIVE = makeOnnx({
  output: [fp32('negative', ['n', 2])],
  node: [{ opType: 'Neg', input: ['x'], output: ['negative'] }],
});

const versions = (found = findModels(MODELS)) => found.map(({ card }) => card.version);
const labelled = (label: string, version?: string) => moveLabel({ models: MODELS, name: 'made', label, version });

describe('a version', () => {
  afterEach(removeModels);

  it('stands in a folder of its number in that of the model, with files of its own', async () => {
    await add(makeOnnx(), 'made');
    for (const version of ['10', '2']) await add(NEGATIVE, 'made', version);
    expect(readdirSync(join(MODELS, 'made')).sort()).toEqual(['10', '2', 'card.json', 'golden.json', 'model.onnx']);
    expect(readdirSync(join(MODELS, 'made/2')).sort()).toEqual(['card.json', 'golden.json', 'model.onnx']);
    expect(findModels(MODELS).map(({ card }) => [card.version, card.primaryOutput])).toEqual([
      ['1', 'y'],
      ['2', 'negative'],
      ['10', 'negative'],
    ]);
  });

  it('may be the first, and may be lower than those that are there', async () => {
    await add(makeOnnx(), 'made', '3');
    await add(makeOnnx(), 'made', '1');
    expect(readdirSync(join(MODELS, 'made')).sort()).toEqual(['1', 'card.json', 'golden.json', 'model.onnx']);
    expect(versions()).toEqual(['3', '1']);
  });

  it('whose card has another number than its folder, or a label of another, is refused with the file', async () => {
    await add(makeOnnx(), 'made');
    await add(makeOnnx(), 'made', '2');
    const file = join(MODELS, 'made/2/card.json');
    const card = readFileSync(file, 'utf8');
    writeFileSync(file, card.replace('"version": "2"', '"version": "3"'));
    expect(() => findModels(MODELS)).toThrow(`${file}: expected the version "2", got "3"`);
    writeFileSync(file, card.replace('"version": "2"', '"version": "2", "labels": ["a", "a"]'));
    expect(() => findModels(MODELS)).toThrow('expected each version and label once, got "a" twice');
  });

  it('is removed alone, also the one in the folder of the model', async () => {
    await add(makeOnnx(), 'made');
    await add(makeOnnx(), 'made', '2');
    await add(makeOnnx(), 'made', '3');
    removeModel(MODELS, 'made', '1');
    expect(readdirSync(join(MODELS, 'made')).sort()).toEqual(['2', '3']);
    expect(() => removeModel(MODELS, 'made', '1')).toThrow('model "made": expected version "2" or "3", got "1"');
    removeModel(MODELS, 'made', '3');
    expect(versions()).toEqual(['2']);
    removeModel(MODELS, 'made', '2');
    expect(folders()).toEqual([]);
  });

  it('with work of somebody in its folder stays, and so does its model', async () => {
    await add(makeOnnx(), 'made');
    await add(makeOnnx(), 'made', '2');
    writeFileSync(join(MODELS, 'made/2/train.ts'), '');
    const message =
      'made/2: expected a folder with nothing but model.onnx, card.json, golden.json, examples.json, got train';
    expect(() => removeModel(MODELS, 'made')).toThrow(message);
    expect(() => removeModel(MODELS, 'made', '2')).toThrow(message);
    expect(versions()).toEqual(['1', '2']);
  });
});

describe('a label', () => {
  afterEach(removeModels);

  it('moves from version to version, and leaves the rest of the cards as it was', async () => {
    await add(makeOnnx(), 'made');
    await add(makeOnnx(), 'made', '2');
    const texts = () => ['', '2'].map((part) => readFileSync(join(MODELS, 'made', part, 'card.json'), 'utf8'));
    const before = texts();
    labelled('canary', '1');
    labelled('canary', '2');
    labelled('stable', 'canary');
    expect(listModels(MODELS)).toMatch(/^made +1 +unknown.*\nmade +2 canary stable +unknown/m);
    labelled('canary');
    labelled('stable');
    expect(texts()).toEqual(before);
  });

  it('"stable" is the version that answers where none is named, else the first', async () => {
    await add(makeOnnx(), 'made');
    await add(makeOnnx(), 'made', '2');
    expect(versions(inServedOrder(findModels(MODELS)))).toEqual(['1', '2']);
    labelled('stable', '2');
    expect(versions(inServedOrder(findModels(MODELS)))).toEqual(['2', '1']);
  });
});

describe('of a model with two versions', () => {
  beforeAll(async () => {
    await add(makeOnnx(), 'made');
    await add(makeOnnx(), 'made', '2');
  });
  afterAll(removeModels);

  it.each([
    ['1', 'name: expected one that is free, got version 1 of "made", which is taken; give another'],
    ['2', 'name: expected one that is free, got version 2 of "made", which is taken; give another'],
    [undefined, 'name: expected one that is free, got "made", which is taken; give another --name or --version, or'],
    ['0', 'version: expected a whole number of 1 or more, got "0"'],
    ['canary', 'version: expected a whole number of 1 or more, got "canary"'],
  ])('version %j, which is taken or no number, is not added', async (version, message) => {
    await expect(add(makeOnnx(), 'made', version)).rejects.toThrow(message);
    expect(folders()).toEqual(['made']);
  });

  it.each([
    [
      'Canary',
      '1',
      'label: expected a small letter, and then letters, digits, "_" or "-", 64 characters at most, got "Canary"',
    ],
    ['2', '1', 'label: expected a small letter, and then'],
    ['canary', '3', 'model "made": expected version "1" or "2", got "3"'],
    ['canary', undefined, 'model "made": expected version "1" or "2", got "canary"'],
  ])('label %j is not given to version %j', (label, version, message) => {
    expect(() => labelled(label, version)).toThrow(message);
  });
});

describe('npm run models and a build', () => {
  const COPY = copyProject(['auto-mpg']);
  const FILE = join(COPY, 'negative.onnx');
  const models = (...args: string[]) => run('node', [join(COPY, 'models/cli.ts'), ...args]);
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] }];

  beforeAll(async () => {
    writeFileSync(join(COPY, 'made.onnx'), makeOnnx());
    writeFileSync(FILE, NEGATIVE);
    await models('add', join(COPY, 'made.onnx'));
  });

  it('add, label and remove versions', async () => {
    const added = await models('add', FILE, '--name', 'made', '--version', '2');
    expect(added).toMatchObject({ code: 0, stdout: expect.stringMatching(/^added models\/made\/2: model\.onnx/) });
    expect(added.stdout).toContain('POST /v2/models/made/versions/2/infer answers');
    await models('add', FILE, '--name', 'made', '--version', '3');
    expect(await models('remove', 'made', '--version', '3')).toMatchObject({
      stdout: 'removed models/made, version 3; next: npm run build\n',
    });
    expect(await models('label', 'made', 'canary', '2')).toMatchObject({
      stdout: 'canary is version 2 of made; next: npm run build\n',
    });
    expect(await models('label', 'made', 'old', '1')).toMatchObject({ code: 0 });
    expect(await models('label', 'made', 'old', '--remove')).toMatchObject({
      stdout: 'old is no label of made; next: npm run build\n',
    });
    expect(await models('label', 'made', 'canary')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'models: label: expected either a version or --remove; see npm run models -- label --help\n',
    });
  });

  it('bake all versions into one runtime, and hold each to its golden file', async () => {
    const { code, stdout, stderr } = await models('verify');
    expect([code, stdout]).toEqual([0, '3 model(s) answer on workerd as their golden files say\n']);
    expect(stderr).toContain('build: auto-mpg@1, made@1, made@2 on the baked runtime');
    expect(stderr).not.toContain('WARNING');
  });

  it.each(['combined', 'pair-rpc'])('%s answers by version and label', async (arm) => {
    const serve = start('node', [join(COPY, 'bench/arms/serve.ts'), '--arm', arm]);
    try {
      const url = new URL((await serve.until(/\n/)).slice('ready '.length).trim());
      const answers = await Promise.all(
        ['', '/versions/1', '/versions/2', '/versions/canary'].map(async (part) => {
          const got = await ask(url, { path: `/v2/models/made${part}/infer`, body: JSON.stringify({ inputs }) });
          const { model_version, outputs } = JSON.parse(got.text);
          return [model_version, outputs[0].name, outputs[0].data];
        }),
      );
      const [first, second] = [
        ['1', 'y', [1, 2]],
        ['2', 'negative', [-1, -2]],
      ];
      expect(answers).toEqual([first, first, second, second]);
    } finally {
      serve.child.kill('SIGTERM');
      await serve.finished;
    }
  });

  it('need no new bake for a label', async () => {
    await models('label', 'made', 'stable', '2');
    const { stderr } = await models('verify');
    expect(stderr).toContain('build: done');
    expect(stderr).not.toContain('bake: ');
  });
});
