/**
 * Writes an ONNX file from a graph described in plain data, through ONNX's own protobuf definition. Only what the
 * training scripts need: FP32 initialisers, FP32 inputs and outputs.
 */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  type AttributeProtoSchema,
  ModelProtoSchema,
  type NodeProtoSchema,
  TensorProto_DataType,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from 'onnx-buf';

/** A node: operator, names of inputs and outputs, and integer attributes. */
export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly ints?: Readonly<Record<string, number>>;
}

/** An FP32 tensor type: dimension sizes, or a symbolic name where the size varies. */
export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

/** A constant FP32 tensor, row-major. */
export interface OnnxConstant {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxConstant[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/** IR version 8 and opset 17: what exporters of 2022 and later write, and every runtime of today reads. */
const IR_VERSION = 8n;
const OPSET_VERSION = 17n;

/** The bytes of the `.onnx` file. The same graph gives the same bytes. */
export function encodeOnnx(graph: OnnxGraph): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: 'tandem',
    opsetImport: [{ domain: '', version: OPSET_VERSION }],
    graph: {
      name: graph.name,
      node: graph.nodes.map(node),
      initializer: graph.constants.map(constant),
      input: graph.inputs.map(value),
      output: graph.outputs.map(value),
    },
  });
  return toBinary(ModelProtoSchema, model);
}

function node({ op, inputs, outputs, ints = {} }: OnnxNode): MessageInitShape<typeof NodeProtoSchema> {
  const attribute: MessageInitShape<typeof AttributeProtoSchema>[] = Object.entries(ints).map(([name, i]) => ({
    name,
    type: AttributeProto_AttributeType.INT,
    i: BigInt(i),
  }));
  return { opType: op, input: [...inputs], output: [...outputs], attribute };
}

function constant({ name, shape, data }: OnnxConstant): MessageInitShape<typeof TensorProtoSchema> {
  return {
    name,
    dataType: TensorProto_DataType.FLOAT,
    dims: shape.map(BigInt),
    rawData: new Uint8Array(Float32Array.from(data).buffer),
  };
}

function value({ name, shape }: OnnxValue): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = shape.map((size) =>
    typeof size === 'string'
      ? { value: { case: 'dimParam' as const, value: size } }
      : { value: { case: 'dimValue' as const, value: BigInt(size) } },
  );
  return {
    name,
    type: { value: { case: 'tensorType', value: { elemType: TensorProto_DataType.FLOAT, shape: { dim } } } },
  };
}
