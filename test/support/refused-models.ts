/** Files that no Tandem can serve, each with the refusal that it gets. */
import {
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as Type,
} from 'onnx-buf';
import { fp32, makeOnnx, tensorType } from './onnx.ts';

const sequence = { value: { case: 'sequenceType', value: { elemType: tensorType(Type.FLOAT) } } } as const;
const map = { value: { case: 'mapType', value: { keyType: Type.INT64, valueType: tensorType(Type.FLOAT) } } } as const;
const maps = { value: { case: 'sequenceType', value: { elemType: map } } } as const;
const optional = { value: { case: 'optionalType', value: { elemType: tensorType(Type.FLOAT) } } } as const;
const outside = { name: 'w', dataLocation: DataLocation.EXTERNAL, externalData: [{ key: 'location', value: 'w.bin' }] };
const node = (opType: string, more: object = {}) => [{ opType, input: ['x'], output: ['y'], ...more }];
const labels = [{ name: 'classlabels_int64s', type: AttributeType.INTS, ints: [0n, 1n] }];
/** A constant of `elements` FP32 zeros, made while the model runs. */
const allocate = (elements: bigint) => ({
  initializer: [{ name: 's', dataType: Type.INT64, dims: [1n], int64Data: [elements] }],
  node: [
    { opType: 'ConstantOfShape', input: ['s'], output: ['c'] },
    { opType: 'ReduceSum', input: ['c'], output: ['r'] },
    { opType: 'Add', input: ['x', 'r'], output: ['y'] },
  ],
});

/** What is wrong, the file, and what the refusal says. */
export const REFUSED: readonly (readonly [name: string, bytes: Uint8Array, message: RegExp])[] = [
  ['empty', new Uint8Array(), /expected an ONNX file, got an empty one; export/],
  ['not ONNX', Buffer.from('hello'), /expected an ONNX file, got other data; export the model to ONNX/],
  ['truncated', makeOnnx().subarray(0, 40), /expected a whole ONNX file, got 40 bytes of one that is cut short/],
  [
    'external data',
    makeOnnx({ initializer: [outside] }),
    /all weights inside of the file, got some in "w\.bin"; beside/,
  ],
  [
    'an unknown operator',
    makeOnnx({ node: node('Frobnicate') }),
    /onnxruntime-web has, got ai\.onnx\.Frobnicate of opset 17; export .* onnxruntime says: No Op registered/,
  ],
  [
    'an operator of another domain',
    makeOnnx(
      { node: node('Frob', { domain: 'com.acme' }) },
      { opsetImport: [{ version: 17n }, { domain: 'com.acme', version: 2n }] },
    ),
    /got com\.acme\.Frob of opset 2; export/,
  ],
  [
    'an operator without a kernel',
    makeOnnx({ node: [{ opType: 'Add', input: ['x', 'x'], output: ['y'] }] }, { opsetImport: [{ version: 6n }] }),
    /got ai\.onnx\.Add of opset 6, which it lacks for these/,
  ],
  [
    'an opset of the future',
    makeOnnx({}, { opsetImport: [{ version: 99n }] }),
    /expected opset \d+ or lower of ai\.onnx, got 99; export/,
  ],
  ['an IR version of the future', makeOnnx({}, { irVersion: 30n }), /expected IR version \d+ or lower, got 30; export/],
  [
    'a graph that does not hold together',
    makeOnnx({ node: [{ opType: 'Relu', input: ['q'], output: ['y'] }] }),
    /that onnxruntime-web can load, .* onnxruntime says: Invalid model\. Node input 'q'/,
  ],
  [
    'a sequence',
    makeOnnx({ node: node('SequenceConstruct'), output: [{ name: 'y', type: sequence }] }),
    /got output "y" of type sequence\(FP32 \[unknown\]\); export the model with a tensor/,
  ],
  [
    'a scikit-learn classifier with ZipMap',
    makeOnnx({
      node: node('ZipMap', { domain: 'ai.onnx.ml', attribute: labels }),
      output: [{ name: 'y', type: maps }],
    }),
    /got output "y" of type sequence\(map\(INT64, .*options=\{'zipmap': False\}/,
  ],
  [
    'a map',
    makeOnnx({ input: [{ name: 'x', type: map }] }),
    /got input "x" of type map\(INT64, FP32 \[unknown\]\); export/,
  ],
  ['an optional input', makeOnnx({ input: [{ name: 'x', type: optional }] }), /got input "x" of type optional\(/],
  [
    'a datatype that the protocol lacks',
    makeOnnx({ input: [{ name: 'x', type: tensorType(Type.BFLOAT16, [1]) }] }),
    /got input "x" of type BFLOAT16 \[1\]; cast it/,
  ],
  [
    'an input of unknown dimensions',
    makeOnnx({ input: [fp32('x')] }),
    /expected inputs with a number of dimensions, got input "x"/,
  ],
  [
    'no input',
    makeOnnx({ input: [], initializer: [{ name: 'x', dataType: Type.FLOAT, dims: [1n, 2n], floatData: [1, 2] }] }),
    /expected a model with an input/,
  ],
  [
    'an input too large to send',
    makeOnnx({ input: [fp32('x', ['n', 2n ** 60n])] }),
    /expected inputs of at most 8388608 elements a row, got/,
  ],
  [
    'a model that does not run',
    makeOnnx({
      input: [fp32('x', ['n', 2])],
      output: [fp32('y')],
      initializer: [{ name: 's', dataType: Type.INT64, dims: [1n], int64Data: [7n] }],
      node: [{ opType: 'Reshape', input: ['x', 's'], output: ['y'] }],
    }),
    /expected a model that runs on inputs of the shapes that it states, .* onnxruntime says: input_shape_size == requested/,
  ],
  [
    'more memory than an isolate has',
    makeOnnx(allocate(30_000_000n)),
    /within an isolate's 128\.0 MiB of memory, got an estimate of \d+\.\d MiB \(.*; quantise/,
  ],
  [
    'far more memory than that',
    makeOnnx(allocate(2n ** 28n)),
    /expected a model that fits the memory of an isolate \(128 MB\)/,
  ],
  [
    'weights of an absurd size',
    makeOnnx({
      initializer: [{ name: 'w', dataType: Type.FLOAT, dims: [2n ** 40n, 2n ** 40n], rawData: new Uint8Array(8) }],
      node: [{ opType: 'Add', input: ['x', 'w'], output: ['y'] }],
    }),
    /onnxruntime says:/,
  ],
  [
    'a file over the size limit',
    new Uint8Array(64 * 2 ** 20 + 1),
    /expected at most 64\.0 MiB, the size limit of a Worker, got/,
  ],
  [
    'a Worker over the size limit',
    makeOnnx({}, { docString: 'x'.repeat(52 * 2 ** 20) }),
    /expected a Worker of at most 64\.0 MiB with the runtime and all models, got/,
  ],
  [
    'answers that differ from run to run',
    makeOnnx({ node: [{ opType: 'RandomNormalLike', input: ['x'], output: ['y'] }] }),
    /expected the same answer to the same input, got another one; .* Second run: output "y", element 0: expected/,
  ],
];
