/**
 * Writes an ONNX file from a graph described in plain data, through ONNX's own protobuf definition. Only what the
 * training scripts need: FP32 initialisers, numeric and text attributes, operators of the standard and of ai.onnx.ml.
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

/** Attributes of a node by name: one value, or a list of them. */
type Attributes<T> = Readonly<Record<string, T | readonly T[]>>;

/** A node: operator, names of inputs and outputs, and attributes by type. */
export interface OnnxNode {
  readonly op: string;
  /** The operator's domain; the standard's own unless told. */
  readonly domain?: keyof typeof OPSET_VERSIONS;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly ints?: Attributes<number>;
  readonly floats?: Attributes<number>;
  readonly strings?: Attributes<string>;
}

/** A tensor type: dimension sizes, or a symbolic name where the size varies. */
export interface OnnxValue {
  readonly name: string;
  /** Datatype in the protocol's words; FP32 unless told. */
  readonly datatype?: keyof typeof ELEMENT_TYPES;
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

/** IR version 8 and these opsets: what exporters of 2022 and later write, and every runtime of today reads. */
const IR_VERSION = 8n;
const OPSET_VERSIONS = { '': 17n, 'ai.onnx.ml': 3n } as const;

const ELEMENT_TYPES = {
  FP32: TensorProto_DataType.FLOAT,
  INT64: TensorProto_DataType.INT64,
  BYTES: TensorProto_DataType.STRING,
} as const;

/** The bytes of the `.onnx` file. The same graph gives the same bytes. */
export function encodeOnnx(graph: OnnxGraph): Uint8Array {
  const domains = new Set(['' as const, ...graph.nodes.map(({ domain = '' }) => domain)]);
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: 'tandem',
    opsetImport: [...domains].map((domain) => ({ domain, version: OPSET_VERSIONS[domain] })),
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

type Attribute = MessageInitShape<typeof AttributeProtoSchema>;

function node({ op, domain, inputs, outputs, ...attributes }: OnnxNode): MessageInitShape<typeof NodeProtoSchema> {
  const { ints = {}, floats = {}, strings = {} } = attributes;
  const attribute = [
    ...Object.entries(ints).map(([name, value]) => ({ name, ...intAttribute(value) })),
    ...Object.entries(floats).map(([name, value]) => ({ name, ...floatAttribute(value) })),
    ...Object.entries(strings).map(([name, value]) => ({ name, ...stringAttribute(value) })),
  ];
  const named = domain === undefined ? {} : { domain };
  return { opType: op, ...named, input: [...inputs], output: [...outputs], attribute };
}

function intAttribute(value: number | readonly number[]): Attribute {
  return typeof value === 'number'
    ? { type: AttributeProto_AttributeType.INT, i: BigInt(value) }
    : { type: AttributeProto_AttributeType.INTS, ints: value.map(BigInt) };
}

function floatAttribute(value: number | readonly number[]): Attribute {
  return typeof value === 'number'
    ? { type: AttributeProto_AttributeType.FLOAT, f: value }
    : { type: AttributeProto_AttributeType.FLOATS, floats: [...value] };
}

function stringAttribute(value: string | readonly string[]): Attribute {
  const utf8 = (text: string) => Uint8Array.from(new TextEncoder().encode(text));
  return typeof value === 'string'
    ? { type: AttributeProto_AttributeType.STRING, s: utf8(value) }
    : { type: AttributeProto_AttributeType.STRINGS, strings: value.map(utf8) };
}

function constant({ name, shape, data }: OnnxConstant): MessageInitShape<typeof TensorProtoSchema> {
  return {
    name,
    dataType: TensorProto_DataType.FLOAT,
    dims: shape.map(BigInt),
    rawData: new Uint8Array(Float32Array.from(data).buffer),
  };
}

function value({ name, datatype = 'FP32', shape }: OnnxValue): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = shape.map((size) =>
    typeof size === 'string'
      ? { value: { case: 'dimParam' as const, value: size } }
      : { value: { case: 'dimValue' as const, value: BigInt(size) } },
  );
  return {
    name,
    type: { value: { case: 'tensorType', value: { elemType: ELEMENT_TYPES[datatype], shape: { dim } } } },
  };
}
