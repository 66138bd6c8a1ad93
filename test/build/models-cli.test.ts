/** `npm run models`, as a user types it: a model that is added answers by name everywhere after a build. */
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AttributeProto_AttributeType as AttributeType, TensorProto_DataType as Type } from 'onnx-buf';
import * as v from 'valibot';
import { beforeAll, describe, expect, it } from 'vitest';
import { Golden } from '../../models/build/golden.ts';
import { ask } from '../support/ask.ts';
import { fp32, makeEndlessOnnx, makeOnnx, tensorType } from '../support/onnx.ts';
import { copyProject } from '../support/project-copy.ts';
import { run, start } from '../support/run.ts';

/** With one model, so that a build of it and of one that is added takes little. */
const COPY = copyProject(['auto-mpg']);
const FILE = join(COPY, 'labels.onnx');

const CLI = join(COPY, 'models/cli.ts');
const models = (...args: string[]) => run('node', [CLI, ...args]);

beforeAll(() => {
  // An INT64 label and FP32 scores, as a classifier has them.
  const classifier = makeOnnx({
    output: [{ name: 'label', type: tensorType(Type.INT64, ['n', 1]) }, fp32('scores', ['n', 2])],
    node: [
      {
        opType: 'ArgMax',
        input: ['x'],
        output: ['label'],
        attribute: [{ name: 'axis', type: AttributeType.INT, i: 1n }],
      },
      { opType: 'Neg', input: ['x'], output: ['scores'] },
    ],
  });
  writeFileSync(FILE, classifier);
});

describe('wrong use', () => {
  it.each([
    [
      ['frobnicate'],
      'models: verb: expected add, remove, label, list, inspect, train, bake, verify, conformance, replay, types, got "frobnicate"; see npm run models -- --help\n',
    ],
    [
      ['--name', 'x', 'add'],
      'models: verb: expected add, remove, label, list, inspect, train, bake, verify, conformance, replay, types, got "--name"; see npm run models -- --help\n',
    ],
    [['add'], 'models: add: expected FILE.onnx, got none; see npm run models -- add --help\n'],
    [['list', 'x'], 'models: list: expected no operand, got "x"; see npm run models -- list --help\n'],
    [['list', '--name', 'x'], "models: Unknown option '--name'; see npm run models -- list --help\n"],
  ])('%j ends with one line and 2', async (args, stderr) => {
    expect(await models(...args)).toEqual({ code: 2, stdout: '', stderr });
  });

  it('none, and --help, print the verbs and end with 0', async () => {
    const none = await run('npm', ['run', '-s', 'models', '--prefix', COPY]);
    expect(none).toMatchObject({ code: 0, stderr: '' });
    expect(none.stdout).toMatch(/^npm run models -- VERB \[options\]\n[\s\S]*\n {2}add FILE\.onnx +Adds/);
    expect(await models('--help')).toEqual(none);
  });
});

it.each([
  [['add', 'none.onnx'], 'none.onnx: expected an ONNX file, got no file of that name; check the path'],
  [['add', FILE, '--name', '../up'], 'name: expected a safe URL segment .*; try --name up'],
  [['add', FILE, '--name', 'auto-mpg'], 'name: expected one that is free, got "auto-mpg", which is taken; .*'],
  [['inspect', 'none'], 'name: expected one of the models \\(auto-mpg.*\\), got "none"'],
  [['remove', 'auto-mpg'], 'auto-mpg: expected a folder with nothing but model.onnx, .* got train.ts too; .*'],
  [['train', 'none'], 'train: expected a model with a train.ts \\(auto-mpg.*\\), got "none"; .*'],
])('refuses %j with one line and 1', async (args, message) => {
  const { code, stdout, stderr } = await models(...args);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(new RegExp(`^models: ${message}\n$`));
});

it('trains a model as its script does', async () => {
  const file = join(COPY, 'models/auto-mpg/model.onnx');
  const before = readFileSync(file);
  rmSync(file);
  expect(await models('train', 'auto-mpg')).toEqual({ code: 0, stdout: '', stderr: 'models: training auto-mpg\n' });
  expect(readFileSync(file).equals(before)).toBe(true);
});

/** Whether a probe of the copy runs, looked at until it is `expected` or 20 s are over. */
async function probeRuns(expected: boolean): Promise<boolean> {
  for (let i = 0; ; i++) {
    const commands = globSync('/proc/[0-9]*/cmdline').map((file) => readIfThere(file));
    const runs = commands.some((command) => command.includes(join(COPY, 'models/build/probe-process.ts')));
    if (runs === expected || i === 200) return runs;
    await sleep(100);
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

it.runIf(process.platform === 'linux')('leaves no model and no process behind when it is killed', async () => {
  const file = join(COPY, 'endless.onnx');
  writeFileSync(file, makeEndlessOnnx());
  const adding = start('node', [CLI, 'add', file]);
  expect(await probeRuns(true)).toBe(true);
  // Time to get from the start of the process into the endless run.
  await sleep(3000);
  adding.child.kill('SIGKILL');
  await adding.finished;
  expect(await probeRuns(false)).toBe(false);
  expect(existsSync(join(COPY, 'models/endless'))).toBe(false);
});

describe('a model that is added', () => {
  it('says what was made and what comes next', async () => {
    const { code, stdout, stderr } = await models('add', FILE);
    expect([code, stderr]).toEqual([0, 'models: running labels with onnxruntime\n']);
    expect(stdout).toMatch(/^added models\/labels: model\.onnx, card\.json, golden\.json \(3 case\(s\)\)\n/);
    expect(stdout).toContain('next: npm run build, after which POST /v2/models/labels/infer answers');
    expect((await models('list')).stdout).toMatch(
      /^labels +1 +unknown +x FP32 \[-1, 2\] +label INT64 \[-1, 1\], scores FP32 \[-1, 2\] +\d+$/m,
    );
    expect((await models('inspect', 'labels')).stdout).toMatch(
      /^operators {3}ai\.onnx\.ArgMax x 1\n {12}ai\.onnx\.Neg/m,
    );
  });

  it('is verified on workerd', async () => {
    const { code, stdout, stderr } = await models('verify');
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/model\(s\) answer on workerd as their golden files say\n$/),
    ]);
    expect(stderr).toContain('build: done');
  });

  it.each(['combined', 'pair-rpc'])('answers by name from %s', async (arm) => {
    const serve = start('node', [join(COPY, 'bench/arms/serve.ts'), '--arm', arm]);
    try {
      const url = new URL((await serve.until(/\n/)).slice('ready '.length).trim());
      const file = join(COPY, 'models/labels/golden.json');
      const { cases } = v.parse(Golden, JSON.parse(readFileSync(file, 'utf8')));
      for (const { inputs, outputs } of cases) {
        const answer = await ask(url, { path: '/v2/models/labels/infer', body: JSON.stringify({ inputs }) });
        const numbers = outputs.map((output) => ({ ...output, data: output.data.map(Number) }));
        expect(JSON.parse(answer.text).outputs).toEqual(numbers);
      }
    } finally {
      serve.child.kill('SIGTERM');
      await serve.finished;
    }
  });

  it('whose golden file is not what it answers fails the verification, by name, case, output and element', async () => {
    const file = join(COPY, 'models/labels/golden.json');
    const golden = v.parse(Golden, JSON.parse(readFileSync(file, 'utf8')));
    golden.cases[1]?.outputs[1]?.data.splice(3, 1, 5);
    writeFileSync(file, JSON.stringify(golden));
    const { code, stderr } = await models('verify');
    expect(code).toBe(1);
    expect(stderr).toMatch(/model labels@1, golden case 1, output "scores", element 3: expected 5, got -?[\d.]+\n/);
  });

  it('is gone when it is removed', async () => {
    expect(await models('remove', 'labels')).toMatchObject({
      code: 0,
      stdout: 'removed models/labels; next: npm run build\n',
    });
    expect((await models('list')).stdout).not.toContain('labels');
    expect((await models('bake')).code).toBe(0);
    expect(readFileSync(join(COPY, 'models/dist/artefact.ts'), 'utf8')).not.toContain('labels');
  });
});
