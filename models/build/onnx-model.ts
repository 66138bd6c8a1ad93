/**
 * Reads what an ONNX file says of itself: inputs, outputs, operators, weights. Whether onnxruntime can run it is another
 * question (probe.ts). The file may be anything at all, so every fault of it becomes an error with a plain text.
 */
import { fromBinary } from '@bufbuild/protobuf';
import {
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
  type TensorShapeProto,
  type TypeProto,
  type ValueInfoProto,
} from 'onnx-buf';
import { DATATYPE_OF } from '../../shared/inference/ort-exports.ts';
import type { Datatype } from '../../shared/tensor.ts';
import { notOnnx } from './foreign-file.ts';

/** An input or output of the graph. */
export interface OnnxValue {
  readonly name: string;
  /** The type in words, with the names that the graph gives to sizes that vary. */
  readonly type: string;
  /** The protocol's datatype; undefined for what it does not carry: sequences, maps, optional values, other elements. */
  readonly datatype: Datatype | undefined;
  /** Sizes, -1 where one varies; undefined where the graph does not even state their number. */
  readonly shape: readonly number[] | undefined;
  /** Whether the graph states a size of 0, which is read as one that varies. */
  readonly zeros: boolean;
  /** What the graph calls each size that varies; empty where it has no name. Sizes of one name are equal. */
  readonly axes: readonly string[];
}

/** An operator that the graph, its subgraphs or its functions use `count` times. */
export interface OnnxOperator {
  readonly domain: string;
  readonly op: string;
  readonly count: number;
}

export interface OnnxModel {
  readonly irVersion: number;
  readonly producer: string;
  /** Version of each operator domain; the standard's own is `ai.onnx`. */
  readonly opsets: ReadonlyMap<string, number>;
  /** The inputs that a caller must give: those with an initialiser have a value already. */
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** By domain and name. */
  readonly operators: readonly OnnxOperator[];
  /** Numbers in the initialisers, and in the tensors and float lists of attributes. */
  readonly parameters: number;
  /** Files that hold weights outside of this one. */
  readonly externalFiles: readonly string[];
  /** Single whole numbers that the graph holds, each once: what inputs may be compared with. */
  readonly integers: readonly bigint[];
  /** Whether it has trees whose thresholds are FP32. */
  readonly floatTrees: boolean;
}

/** Reads the bytes of an ONNX file. Throws with the reason when it is none, or is damaged. */
export function readOnnx(bytes: Uint8Array): OnnxModel {
  const model = parse(bytes);
  const { graph } = model;
  // A file that was cut between two fields is still well-formed; these every model has.
  const isWhole = graph !== undefined && graph.output.length > 0 && model.opsetImport.length > 0;
  if (!isWhole) throw new Error(notOnnx(bytes));
  const nodes = [...nodesOf(graph), ...model.functions.flatMap(({ node }) => node.flatMap(withSubgraphs))];
  const tensors = tensorsOf(graph, nodes);
  const floats = nodes.flatMap(({ attribute }) => attribute.map((item) => item.floats.length));
  const given = new Set(graph.initializer.map(({ name }) => name));
  return {
    irVersion: Number(model.irVersion),
    producer: [model.producerName, model.producerVersion].filter((text) => text !== '').join(' '),
    opsets: new Map(model.opsetImport.map(({ domain, version }) => [domainName(domain), Number(version)])),
    inputs: graph.input.filter(({ name }) => !given.has(name)).map(readValue),
    outputs: graph.output.map(readValue),
    operators: countOperators(nodes),
    parameters: sum(tensors.map(({ dims }) => dims.reduce((product, size) => product * Number(size), 1))) + sum(floats),
    externalFiles: externalFiles(tensors),
    integers: [...new Set(tensors.flatMap(singleInteger))],
    floatTrees: nodes.some(({ opType, attribute }) => /^TreeEnsemble/.test(opType) && attribute.some(isFloatThreshold)),
  };
}

function parse(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch {
    throw new Error(notOnnx(bytes));
  }
}

function readValue({ name, type }: ValueInfoProto): OnnxValue {
  const tensor = type?.value.case === 'tensorType' ? type.value.value : undefined;
  const dims = tensor?.shape?.dim;
  return {
    name,
    type: describeType(type),
    datatype: DATATYPE_OF.get(tensor?.elemType ?? 0),
    shape: dims?.map(({ value }) => (value.case === 'dimValue' && value.value > 0n ? Number(value.value) : -1)),
    zeros: dims?.some(({ value }) => value.case === 'dimValue' && value.value === 0n) ?? false,
    axes: dims?.map(({ value }) => (value.case === 'dimParam' ? value.value : '')) ?? [],
  };
}

/** What stands for the type of a value that states none. */
export const NO_TYPE = 'no type';

function describeType(type: TypeProto | undefined): string {
  const { case: kind, value } = type?.value ?? { case: undefined };
  switch (kind) {
    case 'tensorType':
      return `${elementName(value.elemType)} ${describeShape(value.shape)}`;
    case 'sparseTensorType':
      return `sparse ${elementName(value.elemType)} ${describeShape(value.shape)}`;
    case 'sequenceType':
      return `sequence(${describeType(value.elemType)})`;
    case 'optionalType':
      return `optional(${describeType(value.elemType)})`;
    case 'mapType':
      return `map(${elementName(value.keyType)}, ${describeType(value.valueType)})`;
    case undefined:
      return NO_TYPE;
  }
}

function elementName(elementType: number): string {
  if (elementType === 0) return NO_TYPE;
  return DATATYPE_OF.get(elementType) ?? TensorProto_DataType[elementType] ?? `element type ${elementType}`;
}

function describeShape(shape: TensorShapeProto | undefined): string {
  if (shape === undefined) return '[unknown]';
  const sizes = shape.dim.map(({ value }) =>
    value.case === undefined || value.value === '' ? '?' : String(value.value),
  );
  return `[${sizes.join(', ')}]`;
}

function nodesOf(graph: GraphProto): NodeProto[] {
  return graph.node.flatMap(withSubgraphs);
}

/** The node and those of the graphs in its attributes: the branches of an If, the body of a Loop. */
function withSubgraphs(node: NodeProto): NodeProto[] {
  return [node, ...graphsOf(node).flatMap(nodesOf)];
}

function graphsOf({ attribute }: NodeProto): GraphProto[] {
  return attribute.flatMap(({ g, graphs }) => (g === undefined ? graphs : [g, ...graphs]));
}

function tensorsOf(graph: GraphProto, nodes: readonly NodeProto[]): TensorProto[] {
  const initialisers = [graph, ...nodes.flatMap(graphsOf)].flatMap(({ initializer }) => initializer);
  const sparse = graph.sparseInitializer.flatMap(({ values }) => values ?? []);
  const attributes = nodes.flatMap(({ attribute }) => attribute.flatMap(({ t, tensors }) => (t ? [t] : tensors)));
  return [...initialisers, ...sparse, ...attributes];
}

function countOperators(nodes: readonly NodeProto[]): OnnxOperator[] {
  const counts = new Map<string, OnnxOperator>();
  for (const { domain: written, opType: op } of nodes) {
    const domain = domainName(written);
    const key = `${domain} ${op}`;
    counts.set(key, { domain, op, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, operator]) => operator);
}

/** The tensor's number where it is one whole number of 32 or 64 bits. */
function singleInteger({ dims, dataType, int64Data, int32Data, rawData }: TensorProto): bigint[] {
  if (dims.some((size) => size !== 1n)) return [];
  const bytes = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  if (dataType === TensorProto_DataType.INT64) return rawData.length === 8 ? [bytes.getBigInt64(0, true)] : int64Data;
  if (dataType !== TensorProto_DataType.INT32) return [];
  return rawData.length === 4 ? [BigInt(bytes.getInt32(0, true))] : int32Data.map(BigInt);
}

function isFloatThreshold({ name, floats }: NodeProto['attribute'][number]): boolean {
  return name === 'nodes_values' && floats.length > 0;
}

function externalFiles(tensors: readonly TensorProto[]): string[] {
  const outside = tensors.filter(({ dataLocation }) => dataLocation === TensorProto_DataLocation.EXTERNAL);
  const files = outside.map(({ externalData }) => externalData.find(({ key }) => key === 'location')?.value ?? '?');
  return [...new Set(files)].sort();
}

/** The standard writes its own domain as the empty text too. */
function domainName(written: string): string {
  return written === '' ? 'ai.onnx' : written;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
