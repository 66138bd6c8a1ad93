/** ONNX's own tensors, of every datatype, from raw bytes and from the typed fields. */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { TensorProto_DataLocation, TensorProtoSchema, TensorProto_DataType as Type } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { readTensorProto } from '../../models/build/conformance/tensor-proto.ts';

type Init = Omit<MessageInitShape<typeof TensorProtoSchema>, '$typeName'>;

function read(init: Init) {
  return readTensorProto(toBinary(TensorProtoSchema, create(TensorProtoSchema, init)));
}

/** Two elements of each type: in the field that onnx.proto names for it, as bytes, and as they have to be read. */
const CASES: readonly (readonly [string, Type, Init, string, { slice(from: number, to: number): unknown }])[] = [
  ['BOOL', Type.BOOL, { int32Data: [0, 1] }, '0001', Uint8Array.of(0, 1)],
  ['UINT8', Type.UINT8, { int32Data: [1, 255] }, '01ff', Uint8Array.of(1, 255)],
  ['UINT16', Type.UINT16, { int32Data: [1, 65_535] }, '0100ffff', Uint16Array.of(1, 65_535)],
  ['UINT32', Type.UINT32, { uint64Data: [1n, 4_294_967_295n] }, '01000000ffffffff', Uint32Array.of(1, 4_294_967_295)],
  [
    'UINT64',
    Type.UINT64,
    { uint64Data: [1n, 2n ** 64n - 1n] },
    '0100000000000000ffffffffffffffff',
    BigUint64Array.of(1n, 2n ** 64n - 1n),
  ],
  ['INT8', Type.INT8, { int32Data: [1, -128] }, '0180', Int8Array.of(1, -128)],
  ['INT16', Type.INT16, { int32Data: [1, -32_768] }, '01000080', Int16Array.of(1, -32_768)],
  ['INT32', Type.INT32, { int32Data: [1, -(2 ** 31)] }, '0100000000000080', Int32Array.of(1, -(2 ** 31))],
  [
    'INT64',
    Type.INT64,
    { int64Data: [1n, -(2n ** 63n)] },
    '01000000000000000000000000000080',
    BigInt64Array.of(1n, -(2n ** 63n)),
  ],
  // 1 and a quiet NaN, as bits.
  ['FP16', Type.FLOAT16, { int32Data: [0x3c00, 0x7e00] }, '003c007e', Uint16Array.of(0x3c00, 0x7e00)],
  ['FP32', Type.FLOAT, { floatData: [-0, Number.NaN] }, '000000800000c07f', Float32Array.of(-0, Number.NaN)],
  [
    'FP64',
    Type.DOUBLE,
    { doubleData: [0.1, -Infinity] },
    '9a9999999999b93f000000000000f0ff',
    Float64Array.of(0.1, -Infinity),
  ],
];

describe.each(CASES)('a tensor of %s', (datatype, dataType, field, hex, data) => {
  const expected = { name: 't', datatype, shape: [1, 2], data };

  it('is read from its typed field', () => {
    expect(read({ name: 't', dataType, dims: [1n, 2n], ...field })).toEqual(expected);
  });

  it('is read from raw bytes, wherever they lie', () => {
    for (const name of ['t', 'tt', 'ttt']) {
      const rawData = new Uint8Array(Buffer.from(hex, 'hex'));
      expect(read({ name, dataType, dims: [1n, 2n], rawData })).toEqual({ ...expected, name });
    }
  });

  it('of no elements is read, and one that lacks some is not', () => {
    expect(read({ dataType, dims: [0n, 3n] })).toMatchObject({ shape: [0, 3], data: data.slice(0, 0) });
    const rawData = new Uint8Array(Buffer.from(hex, 'hex')).slice(0, -1);
    expect(() => read({ dataType, dims: [2n], rawData })).toThrow(/expected (whole elements|2 elements)/);
    expect(() => read({ dataType, dims: [2n] })).toThrow('expected 2 elements for shape [2], got 0');
  });
});

it('reads texts, empty ones and byte order marks among them, and scalars', () => {
  const stringData = ['', 'é', '\uFEFFx'].map((text) => new Uint8Array(Buffer.from(text)));
  expect(read({ dataType: Type.STRING, dims: [3n], stringData }).data).toEqual(['', 'é', '\uFEFFx']);
  expect(read({ dataType: Type.FLOAT, dims: [], floatData: [2] })).toMatchObject({
    shape: [],
    data: Float32Array.of(2),
  });
});

it.each([
  ['BFLOAT16', { dataType: Type.BFLOAT16 }],
  ['COMPLEX64', { dataType: Type.COMPLEX64 }],
  ['INT4', { dataType: Type.INT4 }],
  ['UNDEFINED', {}],
  ['element type 99', { dataType: 99 }],
])('refuses %s', (type, init) => {
  expect(() => read({ name: 'x', ...init })).toThrow(`tensor x: expected a type of the protocol, got ${type}`);
});

it('refuses elements in another file, and what is no tensor', () => {
  expect(() => read({ dataType: Type.FLOAT, dataLocation: TensorProto_DataLocation.EXTERNAL })).toThrow('in the file');
  expect(() => readTensorProto(Uint8Array.of(255, 255))).toThrow();
});
