/** Adding a model: what is written, what it is run on, and that it appears whole or not at all. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TensorProto_DataType as Type } from 'onnx-buf';
import * as v from 'valibot';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { addModel } from '../../models/build/add-model.ts';
import { Golden } from '../../models/build/golden.ts';
import { findModels } from '../../models/build/model-folder.ts';
import { listModels, removeModel } from '../../models/build/model-list.ts';
import { DATATYPES } from '../../shared/tensor.ts';
import { add, FILE, folders, log, MODELS, removeFolder, removeModels } from '../support/model-folder.ts';
import { fp32, makeOnnx, tensorType } from '../support/onnx.ts';

afterEach(removeModels);
afterAll(removeFolder);

describe('a model that is added', () => {
  it('gets its file, a card, and a golden file of several batches', async () => {
    const onnx = makeOnnx();
    const { folder, card } = await add(onnx);
    expect([folder, folders()]).toEqual([join(MODELS, 'made'), ['made']]);
    expect(readdirSync(folder).sort()).toEqual(['card.json', 'golden.json', 'model.onnx']);
    expect(readFileSync(join(folder, 'model.onnx')).equals(onnx)).toBe(true);
    expect(JSON.parse(readFileSync(join(folder, 'card.json'), 'utf8'))).toEqual({
      name: 'made',
      version: '1',
      platform: 'onnx_onnxv1',
      task: 'unknown',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
      outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 2] }],
      primaryOutput: 'y',
    });
    const { cases } = v.parse(Golden, JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8')));
    expect(cases.map(({ inputs }) => inputs[0]?.shape)).toEqual([
      [1, 2],
      [2, 2],
      [13, 2],
    ]);
    for (const { inputs, outputs } of cases) {
      expect(outputs[0]?.data).toEqual(inputs[0]?.data.map((value) => Math.max(Number(value), 0)));
    }
    expect(findModels(MODELS).map((model) => model.card)).toEqual([card]);
  });

  it('may take and give every datatype, scalars, and sizes that vary', async () => {
    const types: Record<(typeof DATATYPES)[number], Type> = {
      BOOL: Type.BOOL,
      UINT8: Type.UINT8,
      UINT16: Type.UINT16,
      UINT32: Type.UINT32,
      UINT64: Type.UINT64,
      INT8: Type.INT8,
      INT16: Type.INT16,
      INT32: Type.INT32,
      INT64: Type.INT64,
      FP16: Type.FLOAT16,
      FP32: Type.FLOAT,
      FP64: Type.DOUBLE,
      BYTES: Type.STRING,
    };
    const sizes = [['n', 2], [], ['n', 'm'], [3, 'k']] as const;
    const typeOf = (i: number) => tensorType(types[DATATYPES[i] ?? 'FP32'], sizes[i % sizes.length]);
    const { golden } = await add(
      makeOnnx({
        input: DATATYPES.map((name, i) => ({ name, type: typeOf(i) })),
        output: DATATYPES.map((name, i) => ({ name: `${name} out`, type: typeOf(i) })),
        node: DATATYPES.map((name) => ({ opType: 'Identity', input: [name], output: [`${name} out`] })),
      }),
    );
    expect(golden.cases).toHaveLength(3);
    for (const { inputs, outputs } of golden.cases) {
      expect(outputs).toEqual(inputs.map((input) => ({ ...input, name: `${input.name} out` })));
      expect(inputs.map(({ datatype }) => datatype)).toEqual(DATATYPES);
    }
  });

  it('may need other sizes than the first that are tried', async () => {
    const tiles = { name: 's', dataType: Type.INT64, dims: [2n], int64Data: [-1n, 32n] };
    const node = [{ opType: 'Reshape', input: ['x', 's'], output: ['y'] }];
    const { golden } = await add(
      makeOnnx({ input: [fp32('x', [1, 'm'])], output: [fp32('y', ['k', 32])], initializer: [tiles], node }),
    );
    expect(golden.cases.map(({ outputs }) => outputs[0]?.shape)).toEqual([
      [1, 32],
      [2, 32],
      [3, 32],
    ]);
  });

  it('has the dimensions of its outputs from a run where the file states none', async () => {
    const { card } = await add(makeOnnx({ output: [fp32('y')] }));
    expect(card.outputs).toEqual([{ name: 'y', datatype: 'FP32', shape: [-1, -1] }]);
  });

  it('stands in the list and can be removed', async () => {
    await add(makeOnnx());
    expect(listModels(MODELS)).toMatch(
      /^name +version.*\nmade +1 +unknown +x FP32 \[-1, 2\] +y FP32 \[-1, 2\] +\d+\n$/,
    );
    removeModel(MODELS, 'made');
    expect(folders()).toEqual([]);
    expect(() => removeModel(MODELS, 'made')).toThrow('expected one of the models (none), got "made"');
  });

  it('is added once when it is added twice at once', async () => {
    writeFileSync(FILE, makeOnnx());
    const options = { models: MODELS, file: FILE, log };
    const both = await Promise.allSettled([addModel(options), addModel(options)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find((one) => one.status === 'rejected')?.reason.message).toContain('got "made", which is taken');
    expect(folders()).toEqual(['made']);
  });
});
