/**
 * Cases of the ONNX standard's backend tests on both runtimes: a fixed part of the standard's own, where their folder
 * is there, and cases made here for what that part lacks.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AttributeProto_AttributeType as Attribute, TensorProto_DataType as Type } from 'onnx-buf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runChild } from '../../models/build/child.ts';
import { findCases } from '../../models/build/conformance/case-folder.ts';
import { runCases } from '../../models/build/conformance/conformance.ts';
import type { CaseResult } from '../../models/build/conformance/outcome.ts';
import { ROOT } from '../../models/build/workers.ts';
import { writeCase } from '../support/backend-case.ts';
import { makeOnnx, type Sizes, tensorType } from '../support/onnx.ts';
import { run } from '../support/run.ts';

/** The standard's cases. `ONNX_BACKEND` names another place. */
const STANDARD = process.env.ONNX_BACKEND ?? join(ROOT, '../shared/onnx-backend');
const isThere = existsSync(STANDARD);
if (!isThere) process.stderr.write(`conformance: the standard's cases are left out, there is no folder ${STANDARD}\n`);

/** Convolution, pooling of a large input, integers, reduction, two outputs, sequences inside, texts, and refusals. */
const PASSING = [
  'pytorch-converted/test_Conv2d',
  'pytorch-converted/test_MaxPool1d_stride_padding_dilation',
  'pytorch-converted/test_Embedding_sparse',
  'pytorch-operator/test_operator_reduced_mean_keepdim',
  'pytorch-operator/test_operator_chunk',
  'simple/test_sequence_model1',
  'simple/test_sequence_model7',
  'simple/test_sequence_model8',
  'simple/test_strnorm_model_monday_insensintive_upper_twodim',
];
const REFUSED = {
  'pytorch-converted/test_AvgPool1d_stride': /ai\.onnx\.AveragePool of opset 6/,
  'pytorch-operator/test_operator_add_size1_broadcast': /ai\.onnx\.Add of opset 6/,
  'simple/test_gradient_of_add': /ai\.onnx\.preview\.training\.Gradient of opset 1/,
};

const value = (name: string, type: Type, sizes?: Sizes) => ({ name, type: tensorType(type, sizes) });
const floats = (...floatData: number[]) => ({ dataType: Type.FLOAT, dims: [BigInt(floatData.length)], floatData });
const text = (...bytes: number[]) => ({ dataType: Type.STRING, dims: [1n], stringData: [Uint8Array.from(bytes)] });
const half = (bits: number) => ({ dataType: Type.FLOAT16, dims: [1n], int32Data: [bits] });
const integers = (...data: number[]) => ({ dataType: Type.INT64, dims: [2n], int64Data: data.map(BigInt) });

/** Writes the made cases into `root`/made. */
function makeCases(root: string): void {
  const folder = (name: string) => join(root, 'made', name);
  const identity = (type: Type, sizes?: Sizes) =>
    makeOnnx({
      input: [value('x', type, sizes)],
      output: [value('y', type, sizes)],
      node: [{ opType: 'Identity', input: ['x'], output: ['y'] }],
    });
  const same = (tensor: ReturnType<typeof floats | typeof text | typeof half>) => [
    { inputs: { 0: tensor }, outputs: { 0: tensor } },
  ];
  writeCase(folder('half'), identity(Type.FLOAT16, [1]), same(half(0x3c00)));
  writeCase(folder('nan'), identity(Type.FLOAT, [2]), same(floats(Number.NaN, 1)));
  writeCase(folder('no-rank'), identity(Type.FLOAT), same(floats(1, 2, 3)));
  writeCase(folder('nul'), identity(Type.STRING, [1]), same(text(65, 0, 66)));
  writeCase(folder('bfloat16'), identity(Type.BFLOAT16, [1]), []);
  writeCase(folder('no-data'), identity(Type.FLOAT, [1]), []);
  const sets = [1, 2].map((size) => ({ inputs: { 0: floats(size, size) }, outputs: { 0: floats(size, 1) } }));
  writeCase(folder('second-set-wrong'), identity(Type.FLOAT, ['n']), [...same(floats(7)), ...sets.slice(1)]);
  const [a, b] = [value('a', Type.FLOAT, [1]), value('b', Type.FLOAT, [1])];
  const subtract = { opType: 'Sub', input: ['a', 'b'], output: ['y'] };
  const difference = makeOnnx({ input: [a, b], output: [value('y', Type.FLOAT, [1])], node: [subtract] });
  writeCase(folder('gaps'), difference, [{ inputs: { 2: floats(5), 10: floats(3) }, outputs: { 7: floats(2) } }]);
  const named = { 0: { ...floats(3), name: 'b' }, 1: { ...floats(5), name: 'a' } };
  writeCase(folder('named'), difference, [{ inputs: named, outputs: { 0: floats(2) } }]);
  const reshape = makeOnnx({
    input: [value('x', Type.FLOAT, [4]), value('shape', Type.INT64, [2])],
    output: [value('y', Type.FLOAT, ['n', 'm'])],
    node: [{ opType: 'Reshape', input: ['x', 'shape'], output: ['y'] }],
  });
  writeCase(folder('cannot'), reshape, [
    { inputs: { 0: floats(1, 2, 3, 4), 1: integers(3, 3) }, outputs: { 0: floats(1) } },
  ]);
  const sequence = { value: { case: 'sequenceType' as const, value: { elemType: tensorType(Type.FLOAT, [1]) } } };
  const length = { opType: 'SequenceLength', input: ['s'], output: ['y'] };
  const sequences = makeOnnx({
    input: [{ name: 's', type: sequence }],
    output: [value('y', Type.INT64, [])],
    node: [length],
  });
  writeCase(folder('sequence'), sequences, same(floats(1)));
  const constant = { name: 'value_float', type: Attribute.FLOAT, f: 1 };
  const source = { opType: 'Constant', output: ['y'], attribute: [constant] };
  writeCase(folder('no-input'), makeOnnx({ input: [], output: [value('y', Type.FLOAT, [])], node: [source] }), [
    { inputs: {}, outputs: { 0: floats(1) } },
  ]);
}

const made = mkdtempSync(join(tmpdir(), 'conformance-'));
let results: Map<string, CaseResult>;
beforeAll(async () => {
  makeCases(made);
  const chosen = [...PASSING, ...Object.keys(REFUSED)];
  const standard = isThere ? findCases(STANDARD).filter(({ suite, name }) => chosen.includes(`${suite}/${name}`)) : [];
  // Names of models have to be unique in a group.
  const own = findCases(made).map((found) => ({ ...found, model: `own-${found.model}` }));
  const all = await runCases([...standard, ...own], () => undefined);
  results = new Map(all.map((result) => [`${result.suite}/${result.name}`, result]));
}, 600_000);
afterAll(() => rmSync(made, { recursive: true, force: true }));

const onBoth = (outcome: object) => ({ stock: outcome, baked: outcome });

it.each(['half', 'nan', 'no-rank', 'gaps', 'named'])('the case %s passes on both runtimes', (name) => {
  expect(results.get(`made/${name}`)).toMatchObject(onBoth({ kind: 'passed' }));
});

it.each([
  ['nul', /texts of whole Unicode characters without NUL/],
  ['bfloat16', /carries no input of type BFLOAT16 \[1\] \("x"\)/],
  ['no-data', /expected a data set in the folder, got none/],
  ['cannot', /cannot be reshaped/],
  ['sequence', /carries no input of type sequence\(FP32 \[1\]\) \("s"\)/],
  ['no-input', /expected a model with an input/],
])('the case %s is refused with the reason', (name, reason) => {
  expect(results.get(`made/${name}`)).toMatchObject(onBoth({ kind: 'refused', reason: expect.stringMatching(reason) }));
});

it('a wrong answer is told with its data set, and both runtimes give the same one', () => {
  const reason = 'data set 1, output "y": expected 1 at element 1, got 2 (1 of 2 differ)';
  expect(results.get('made/second-set-wrong')).toMatchObject(onBoth({ kind: 'failed', reason }));
});

describe.skipIf(!isThere)("the standard's case", () => {
  it.each(PASSING)('%s passes on both runtimes', (name) => {
    expect(results.get(name)).toMatchObject(onBoth({ kind: 'passed' }));
  });

  it.each(Object.entries(REFUSED))('%s is refused with the reason', (name, reason) => {
    expect(results.get(name)).toMatchObject(onBoth({ kind: 'refused', reason: expect.stringMatching(reason) }));
  });
});

describe('the folder', () => {
  it('may hold suites, be a suite or be a case', () => {
    const suites = findCases(made);
    expect(new Set(suites.map(({ suite }) => suite))).toEqual(new Set(['made']));
    const anySet = (cases: ReturnType<typeof findCases>) => cases.map(({ suite, name }) => `${suite}/${name}`);
    expect(anySet(findCases(join(made, 'made')))).toEqual(anySet(suites));
    expect(anySet(findCases(join(made, 'made/gaps')))).toEqual(['made/gaps']);
    expect(new Set(suites.map(({ model }) => model)).size).toBe(suites.length);
  });

  it('without a case is refused, and so is one that is not there', async () => {
    const empty = join(made, 'empty');
    mkdirSync(empty);
    expect(() => findCases(empty)).toThrow('expected folders with model.onnx and test_data_set_0, got none');
    const finished = await run(process.execPath, ['models/cli.ts', 'conformance', join(made, 'nowhere')]);
    expect(finished).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('a process that works on cases', () => {
  const outcome = async (program: string) => {
    const file = join(made, 'program.mjs');
    writeFileSync(file, program);
    const messages: unknown[] = [];
    const end = await runChild({
      program: pathToFileURL(file),
      request: { word: 'hello' },
      silenceMs: 2_000,
      onMessage: (message) => messages.push(message),
    });
    return { end, messages };
  };

  it('tells what it has done', async () => {
    const program = "process.once('message', ({ word }) => process.send(word, () => process.disconnect()))";
    expect(await outcome(program)).toEqual({ end: undefined, messages: ['hello'] });
  });

  it('is ended when it hangs, and what it told before is kept', async () => {
    const program = "process.once('message', ({ word }) => process.send(word, () => { for (;;); }))";
    expect(await outcome(program)).toEqual({ end: 'no answer in 2 s', messages: ['hello'] });
  });

  it('may crash', async () => {
    expect((await outcome('process.abort()')).end).toMatch(/^a crash/);
  });
});
