/** Small ONNX files of any kind, for tests of what reads them. */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  type GraphProtoSchema,
  ModelProtoSchema,
  TensorProto_DataType,
  type TypeProtoSchema,
  type ValueInfoProtoSchema,
} from 'onnx-buf';

/** The plain data that a message is made from, without messages that are already made. */
type Plain<T> = Extract<T, { readonly $typeName?: never }>;
type Model = Plain<MessageInitShape<typeof ModelProtoSchema>>;
type Graph = Plain<MessageInitShape<typeof GraphProtoSchema>>;
type Value = Plain<MessageInitShape<typeof ValueInfoProtoSchema>>;
export type Type = Plain<MessageInitShape<typeof TypeProtoSchema>>;

/** Sizes; a text names one that varies. */
export type Sizes = readonly (number | bigint | string)[];

/** The type of a tensor; without sizes, one that does not state their number. */
export function tensorType(elemType: TensorProto_DataType, sizes?: Sizes): Type {
  const dim = sizes?.map((size) =>
    typeof size === 'string'
      ? { value: { case: 'dimParam' as const, value: size } }
      : { value: { case: 'dimValue' as const, value: BigInt(size) } },
  );
  const shape = dim === undefined ? {} : { shape: { dim } };
  return { value: { case: 'tensorType', value: { elemType, ...shape } } };
}

/** An FP32 input or output. */
export function fp32(name: string, sizes?: Sizes): Value {
  return { name, type: tensorType(TensorProto_DataType.FLOAT, sizes) };
}

/** A model that is the ReLU of `x` [n, 2] as `y`, but for `graph` and `model`. */
export function makeOnnx(graph: Graph = {}, model: Model = {}): Uint8Array {
  const full = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [
      { domain: '', version: 17n },
      { domain: 'ai.onnx.ml', version: 3n },
    ],
    ...model,
    graph: {
      name: 'test',
      input: [fp32('x', ['n', 2])],
      output: [fp32('y', ['n', 2])],
      node: [{ opType: 'Relu', input: ['x'], output: ['y'] }],
      ...graph,
    },
  });
  return toBinary(ModelProtoSchema, full);
}

/** A model from `x` [n, 2] to `y` that never answers: a loop without a limit of trips, whose condition stays true. */
export function makeEndlessOnnx(): Uint8Array {
  const body = {
    name: 'body',
    input: [
      { name: 'trip', type: tensorType(TensorProto_DataType.INT64, []) },
      { name: 'on', type: tensorType(TensorProto_DataType.BOOL, []) },
      fp32('before', ['n', 2]),
    ],
    node: [
      { opType: 'Identity', input: ['on'], output: ['still'] },
      { opType: 'Neg', input: ['before'], output: ['after'] },
    ],
    output: [{ name: 'still', type: tensorType(TensorProto_DataType.BOOL, []) }, fp32('after', ['n', 2])],
  };
  const attribute = [{ name: 'body', type: AttributeProto_AttributeType.GRAPH, g: body }];
  return makeOnnx({
    initializer: [{ name: 'go', dataType: TensorProto_DataType.BOOL, dims: [], int32Data: [1] }],
    node: [{ opType: 'Loop', input: ['', 'go', 'x'], output: ['y'], attribute }],
  });
}
