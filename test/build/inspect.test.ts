/** What is read of an ONNX file, and that no bytes at all do worse than a refusal. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as Type,
} from 'onnx-buf';
import { afterAll, describe, expect, it } from 'vitest';
import { UNKNOWN_INPUTS } from '../../models/build/add-model.ts';
import { inspect } from '../../models/build/inspect.ts';
import { readOnnx } from '../../models/build/onnx-model.ts';
import { ROOT } from '../../models/build/workers.ts';
import { fp32, makeOnnx, tensorType, type Type as ValueType } from '../support/onnx.ts';

const AUTO_MPG = join(ROOT, 'models/auto-mpg/model.onnx');
const FOLDER = mkdtempSync(join(tmpdir(), 'tandem-inspect-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));

function inspectBytes(bytes: Uint8Array): Promise<string> {
  const file = join(FOLDER, 'model.onnx');
  writeFileSync(file, bytes);
  return inspect({ file, name: 'made', known: UNKNOWN_INPUTS, log: () => undefined });
}

describe('an ONNX file is read for', () => {
  it('its inputs without those that have a value, and sizes that vary', () => {
    const weights = { name: 'w', dataType: Type.FLOAT, dims: [2n, 3n], floatData: [1, 2, 3, 4, 5, 6] };
    const input = [fp32('x', ['n', 2, '', -1]), fp32('w', [2, 3]), fp32('r')];
    const { inputs, parameters } = readOnnx(makeOnnx({ input, initializer: [weights] }));
    expect(inputs).toEqual([
      {
        name: 'x',
        type: 'FP32 [n, 2, ?, -1]',
        datatype: 'FP32',
        shape: [-1, 2, -1, -1],
        axes: ['n', '', '', ''],
        zeros: false,
      },
      { name: 'r', type: 'FP32 [unknown]', datatype: 'FP32', shape: undefined, axes: [], zeros: false },
    ]);
    expect(parameters).toBe(6);
  });

  it.each([
    [
      'map(INT64, FP32 [unknown])',
      { case: 'mapType', value: { keyType: Type.INT64, valueType: tensorType(Type.FLOAT) } },
    ],
    ['sequence(FP64 [2])', { case: 'sequenceType', value: { elemType: tensorType(Type.DOUBLE, [2]) } }],
    ['optional(BYTES [])', { case: 'optionalType', value: { elemType: tensorType(Type.STRING, []) } }],
    [
      'sparse BOOL [3]',
      {
        case: 'sparseTensorType',
        value: { elemType: Type.BOOL, shape: { dim: [{ value: { case: 'dimValue', value: 3n } }] } },
      },
    ],
    [
      'BFLOAT16 [1]',
      {
        case: 'tensorType',
        value: { elemType: Type.BFLOAT16, shape: { dim: [{ value: { case: 'dimValue', value: 1n } }] } },
      },
    ],
    ['element type 99 [unknown]', { case: 'tensorType', value: { elemType: 99 } }],
    ['no type', { case: undefined }],
  ] satisfies [string, NonNullable<ValueType['value']>][])(
    'a type that the protocol does not carry: %s',
    (type, value) => {
      const { outputs } = readOnnx(makeOnnx({ output: [{ name: 'y', type: { value } }] }));
      expect(outputs[0]).toMatchObject({ type });
      if (!type.startsWith('BFLOAT') && !type.startsWith('element')) expect(outputs[0]?.shape).toBeUndefined();
      expect(outputs[0]?.datatype).toBeUndefined();
    },
  );

  it('the operators of its subgraphs and functions, and the numbers in attributes', () => {
    const branch = { node: [{ opType: 'Neg', input: ['x'], output: ['y'] }], output: [fp32('y')] };
    const bias = { name: 'value', type: AttributeType.TENSOR, t: { dataType: Type.FLOAT, dims: [5n] } };
    const trees = { name: 'nodes_values', type: AttributeType.FLOATS, floats: [1, 2, 3] };
    const onnx = makeOnnx(
      {
        node: [
          {
            opType: 'If',
            attribute: [
              { name: 'then_branch', g: branch },
              { name: 'else_branch', g: branch },
            ],
          },
          { opType: 'Constant', attribute: [bias] },
          { opType: 'TreeEnsembleRegressor', domain: 'ai.onnx.ml', attribute: [trees] },
        ],
      },
      { functions: [{ name: 'f', domain: 'acme', node: [{ opType: 'Neg', domain: 'ai.onnx' }] }] },
    );
    const { operators, parameters } = readOnnx(onnx);
    expect(operators.map(({ domain, op, count }) => `${domain}.${op} ${count}`)).toEqual([
      'ai.onnx.Constant 1',
      'ai.onnx.If 1',
      'ai.onnx.Neg 3',
      'ai.onnx.ml.TreeEnsembleRegressor 1',
    ]);
    expect(parameters).toBe(8);
  });

  it('the files that hold its weights', () => {
    const outside = (name: string, value: string) => ({
      name,
      dataLocation: DataLocation.EXTERNAL,
      externalData: [{ key: 'location', value }],
    });
    const initializer = [outside('b', 'w2.bin'), outside('a', 'w1.bin'), outside('c', 'w1.bin')];
    expect(readOnnx(makeOnnx({ initializer })).externalFiles).toEqual(['w1.bin', 'w2.bin']);
  });
});

describe('bytes that are no ONNX file', () => {
  const expectRefusal = (bytes: Uint8Array) => {
    try {
      readOnnx(bytes);
    } catch (cause) {
      expect(cause).toBeInstanceOf(Error);
      expect(String(cause)).toMatch(/^Error: expected an? .*ONNX file, got .*[a-z]$/);
    }
  };

  it('are refused at every length that the model can be cut to', () => {
    const whole = readFileSync(AUTO_MPG);
    for (let length = 0; length < whole.length; length++) {
      if (length > 1) expect(() => readOnnx(whole.subarray(0, length))).toThrow(/cut short or damaged/);
      expectRefusal(whole.subarray(0, length));
    }
  });

  it('are refused or read, whatever they are', () => {
    const whole = readFileSync(AUTO_MPG);
    const edit = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255) });
    const edited = fc.array(edit, { minLength: 1, maxLength: 5 }).map((edits) => {
      const bytes = Uint8Array.from(whole);
      for (const { at, byte } of edits) bytes[at] = byte;
      return bytes;
    });
    fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 500 }), edited), expectRefusal), { numRuns: 5000 });
  });

  it.each([
    ['an empty file', '', /an empty one/],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n', /git lfs pull/],
    ['a PyTorch file', 'PK\x03\x04\x00\x00', /a zip archive/],
    ['a pickle', '\x80\x04\x95', /skl2onnx/],
    ['a TensorFlow Lite file', '\x1c\x00\x00\x00TFL3', /TensorFlow Lite/],
    ['a page', '<!doctype html>', /failed download/],
    ['a text', 'hello', /other data/],
  ])('are named: %s', (_, text, message) => {
    expect(() => readOnnx(Buffer.from(text, 'latin1'))).toThrow(message);
  });
});

describe('inspect', () => {
  it('describes a model with its cost', async () => {
    const report = await inspect({ file: AUTO_MPG, name: 'auto-mpg', known: UNKNOWN_INPUTS, log: () => undefined });
    expect(report.replace(/about [\d.]+ MiB \([\d.]+/, 'about N MiB (N').split('\n')).toEqual([
      `file        ${AUTO_MPG}, 159 bytes (0.0 MiB)`,
      'producer    tandem',
      'IR version  8',
      'opsets      ai.onnx 17',
      'inputs      X FP32 [rows, 8]',
      'outputs     Y FP32 [rows, 1]',
      'operators   ai.onnx.Gemm x 1',
      'parameters  9',
      "memory      about N MiB (N MiB WebAssembly as measured, 0.0 MiB model files, 16.0 MiB allowed for JavaScript) of an isolate's 128.0 MiB",
      'example',
      expect.stringMatching(/^curl -d '.*' http:\/\/localhost:8787\/v2\/models\/auto-mpg\/infer$/),
      '',
    ]);
  });

  it('says of a model that cannot be served why not', async () => {
    const unknown = await inspectBytes(makeOnnx({ node: [{ opType: 'Frobnicate', input: ['x'], output: ['y'] }] }));
    expect(unknown).toMatch(/^operators {3}ai\.onnx\.Frobnicate x 1$/m);
    expect(unknown).toMatch(
      /^not served {2}expected operators that onnxruntime-web has, got ai\.onnx\.Frobnicate of opset 17/m,
    );
    const sequence = await inspectBytes(
      makeOnnx({
        node: [{ opType: 'SequenceConstruct', input: ['x'], output: ['y'] }],
        output: [{ name: 'y', type: { value: { case: 'sequenceType', value: { elemType: tensorType(Type.FLOAT) } } } }],
      }),
    );
    expect(sequence).toMatch(/^not served {2}expected tensors .* got output "y" of type sequence/m);
    expect(sequence).toMatch(/^memory {6}about/m);
  });

  it('refuses what is no model, naming the file', async () => {
    await expect(inspectBytes(new Uint8Array())).rejects.toThrow(
      `${join(FOLDER, 'model.onnx')}: expected an ONNX file`,
    );
  });
});
