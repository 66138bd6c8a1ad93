/** Models that run on some sizes or values only: what `add` finds itself, what it is told, and what it says when it cannot. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TensorProto_DataType as Type } from 'onnx-buf';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { addModel, type KnownInputs, UNKNOWN_INPUTS } from '../../models/build/add-model.ts';
import { readModel } from '../../models/build/bake/bake-models.ts';
import { EXAMPLES_FILE, findExamples } from '../../models/build/examples.ts';
import { inspect } from '../../models/build/inspect.ts';
import { MAX_ROWS } from '../../shared/limits.ts';
import { FILE, FOLDER, log, MODELS, removeFolder, removeModels } from '../support/model-folder.ts';
import { fp32, makeOnnx, tensorType } from '../support/onnx.ts';

afterEach(removeModels);
afterAll(removeFolder);

const REQUEST = join(FOLDER, 'request.json');
const int64 = (name: string, sizes: readonly (number | string)[]) => ({ name, type: tensorType(Type.INT64, sizes) });
const whole = (name: string, ...values: bigint[]) => {
  return { name, dataType: Type.INT64, dims: [BigInt(values.length)], int64Data: values };
};

function add(onnx: Uint8Array, known: Partial<KnownInputs> = {}, file = FILE) {
  writeFileSync(file, onnx);
  return addModel({ models: MODELS, file, known: { ...UNKNOWN_INPUTS, ...known }, log });
}

/** Two rows of a table by number: any index above 1 is out of bounds. */
const TWO_ROWS = makeOnnx({
  input: [int64('id', ['n', 2])],
  output: [{ name: 'y', type: tensorType(Type.FLOAT) }],
  initializer: [{ name: 't', dataType: Type.FLOAT, dims: [2n, 3n], floatData: [1, 2, 3, 4, 5, 6] }],
  node: [{ opType: 'Gather', input: ['t', 'id'], output: ['y'] }],
});

/** The first 40 of a sequence, which has to be that long. */
const LONG = makeOnnx({
  input: [fp32('x', [1, 'length'])],
  output: [fp32('y', [1, 40])],
  initializer: [whole('size', 1n, 40n), whole('at', 0n), whole('end', 40n), whole('axis', 1n)],
  node: [
    { opType: 'Slice', input: ['x', 'at', 'end', 'axis'], output: ['s'] },
    { opType: 'Reshape', input: ['s', 'size'], output: ['y'] },
  ],
});

/** Runs only where `rate` is 16000: any other makes a shape that does not fit. */
const RATED = makeOnnx({
  input: [fp32('x', [1, 4]), int64('rate', [1])],
  output: [{ name: 'y', type: tensorType(Type.FLOAT) }],
  initializer: [whole('unit', 4_000n)],
  node: [
    { opType: 'Div', input: ['rate', 'unit'], output: ['size'] },
    { opType: 'Reshape', input: ['x', 'size'], output: ['y'] },
  ],
});

describe('a model that runs on some inputs only', () => {
  it.each([
    ['of small whole numbers', TWO_ROWS],
    ['of larger sizes', LONG],
  ])('is added with examples %s that were found', async (_, onnx) => {
    const { folder, card, golden, hasExamples } = await add(onnx);
    expect(hasExamples).toBe(true);
    const examples = findExamples(folder, card) ?? [];
    expect(examples.length).toBeGreaterThan(0);
    expect(golden.cases.length).toBe(examples.length);
    expect(examples.flatMap((inputs) => inputs.map(({ name }) => name))).toContain(card.inputs[0]?.name);
  });

  it('is added where one is told its value, and only then', async () => {
    await expect(add(RATED)).rejects.toThrow(
      /--example request\.json \(a request as a client sends it\), --shape NAME=1,512, or --value NAME=16000/,
    );
    const { folder, card } = await add(RATED, { values: [['rate', '16000']] });
    for (const [, rate] of findExamples(folder, card) ?? []) expect(rate?.data).toEqual(BigInt64Array.of(16_000n));
  });

  it('is added with requests as a client sends them, which are kept', async () => {
    const request = {
      inputs: [
        { name: 'rate', datatype: 'INT64', shape: [1], data: [16_000] },
        { name: 'x', datatype: 'FP32', shape: [1, 4], data: [[1, 2, 3, 4]] },
      ],
    };
    writeFileSync(REQUEST, JSON.stringify(request));
    const { folder, card } = await add(RATED, { examples: [REQUEST] });
    expect(findExamples(folder, card)?.map((inputs) => inputs.map(({ name }) => name))).toEqual([['x', 'rate']]);
  });

  it.each([
    ['no JSON', 'x', /request\.json: body: expected JSON/],
    ['no request', '{}', /request\.json: body: expected a value|request\.json: body, inputs/],
    ['another input', '{"inputs":[{"name":"z","datatype":"FP32","shape":[1],"data":[1]}]}', /of "x", "rate", got "z"/],
    [
      'inputs on which it does not run',
      '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"data":[1,2,3,4]},{"name":"rate","datatype":"INT64","shape":[1],"data":[8000]}]}',
      /expected examples on which the model runs, got example 1: The input tensor cannot be reshaped/,
    ],
  ])('is refused with an example that is %s', async (_, text, message) => {
    writeFileSync(REQUEST, text);
    await expect(add(RATED, { examples: [REQUEST] })).rejects.toThrow(message);
    expect(existsSync(join(MODELS, 'made'))).toBe(false);
  });

  it.each([
    ['1e30', /expected a whole number of INT64, from .* in digits for input "rate" of INT64, got "1e30"/],
    ['fast', /for input "rate" of INT64, got "fast"/],
  ])('is refused with the value %s, which its datatype does not have', async (value, message) => {
    await expect(add(RATED, { values: [['rate', value]] })).rejects.toThrow(message);
  });

  it('is refused with an example that the deployed model would refuse', async () => {
    const data = Array.from({ length: MAX_ROWS + 1 }, () => 1);
    writeFileSync(REQUEST, JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [data.length], data }] }));
    const onnx = makeOnnx({ input: [fp32('x', ['n'])], output: [fp32('y', ['n'])] });
    await expect(add(onnx, { examples: [REQUEST] })).rejects.toThrow(
      `expected at most ${MAX_ROWS} rows, got ${MAX_ROWS + 1}`,
    );
  });

  it('a request that is added to its examples is one more that the bake is shown', async () => {
    const { folder, card, golden } = await add(LONG);
    const data = Array.from({ length: 96 }, () => 1);
    writeFileSync(
      join(folder, EXAMPLES_FILE),
      JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, data.length], data }] }),
    );
    const { samples } = readModel({ card, onnx: join(folder, 'model.onnx') });
    expect(samples.length).toBe(golden.cases.length + 1);
    expect(samples.at(-1)?.[0]?.shape).toEqual([1, data.length]);
  });

  it('is refused with a hint for an input that it does not have, or of a shape that does not fit', async () => {
    await expect(add(RATED, { values: [['z', '1']] })).rejects.toThrow(
      /expected one of the inputs "x", "rate", got "z"/,
    );
    await expect(add(LONG, { shapes: [['x', [2, 64]]] })).rejects.toThrow(
      /expected one that fits \[1,-1\] .* got \[2,64\]/,
    );
    const { golden } = await add(LONG, { shapes: [['x', [1, 64]]] });
    expect(golden.cases[0]?.inputs[0]?.shape).toEqual([1, 64]);
  });
});

describe('what exporters leave', () => {
  it('a size of 0 is one that varies, and the file is mended', async () => {
    const { folder, card, warnings } = await add(makeOnnx({ input: [fp32('x', [0, 2])], output: [fp32('y', [0, 2])] }));
    expect(card.inputs[0]?.shape).toEqual([-1, 2]);
    expect(warnings.join()).toMatch(/"x" has a dimension of 0/);
    expect(readFileSync(join(folder, 'model.onnx'))).not.toEqual(readFileSync(FILE));
  });

  it('an output without a type gets that of its answer', async () => {
    const { card } = await add(
      makeOnnx({ node: [{ opType: 'ArgMax', input: ['x'], output: ['y'] }], output: [{ name: 'y' }] }),
    );
    expect(card.outputs).toEqual([{ name: 'y', datatype: 'INT64', shape: [-1, -1] }]);
  });

  it('a file named Iris.ONNX is the model iris', async () => {
    const { card } = await add(makeOnnx(), {}, join(FOLDER, 'Iris.ONNX'));
    expect(card.name).toBe('iris');
  });

  it('NaN that is given a meaning, and a request over the limit, are warned of', async () => {
    const nan = makeOnnx({
      node: [
        { opType: 'IsNaN', input: ['x'], output: ['n'] },
        { opType: 'Cast', input: ['n'], output: ['y'], attribute: [{ name: 'to', i: 1n, type: 2 }] },
      ],
    });
    expect((await add(nan)).warnings.join()).toMatch(/"missing": "nan" .*models\/made\/card\.json/);
    removeModels();
    const large = makeOnnx({ input: [fp32('x', ['n', 300_000])], output: [fp32('y', ['n', 300_000])] });
    expect((await add(large)).warnings.join()).toMatch(
      /MAX_BODY_BYTES is 1048576: set it to \d+ or more in wrangler\.toml/,
    );
  });
});

it('inspect prints a request that works, as curl', async () => {
  writeFileSync(FILE, RATED);
  const known = { ...UNKNOWN_INPUTS, values: [['rate', '16000'] as const] };
  const report = await inspect({ file: FILE, name: 'rated', known, log });
  const [, body = ''] = /^curl -d '(.*)' http:\/\/localhost:8787\/v2\/models\/rated\/infer$/m.exec(report) ?? [];
  expect(JSON.parse(body)).toMatchObject({ inputs: [{ name: 'x' }, { name: 'rate', data: [16_000] }] });
});
