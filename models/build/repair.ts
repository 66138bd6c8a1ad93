/**
 * Takes out of an ONNX file what exporters state wrongly of shapes, and onnxruntime would hold requests or the graph to.
 * Nothing that computes is touched.
 */
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type GraphProto, ModelProtoSchema, type NodeProto, type ValueInfoProto } from 'onnx-buf';

/** What can be taken out, in the order in which it is tried. */
export const REPAIRS = ['zero-sizes', 'stated-shapes'] as const;
export type Repair = (typeof REPAIRS)[number];

/** The file without what `repairs` name. */
export function repair(bytes: Uint8Array, repairs: readonly Repair[]): Uint8Array {
  return repairs.reduce((repaired, name) => EDITS[name](repaired), bytes);
}

const EDITS: Readonly<Record<Repair, (bytes: Uint8Array) => Uint8Array>> = {
  'zero-sizes': freeZeroSizes,
  'stated-shapes': dropShapes,
};

/** Without sizes of 0: old exporters write one where a size varies, and onnxruntime takes it at its word. */
function freeZeroSizes(bytes: Uint8Array): Uint8Array {
  return edit(bytes, (graph) => {
    for (const value of [...graph.input, ...graph.output, ...graph.valueInfo]) {
      const dims = shapeOf(value)?.dim ?? [];
      for (const dim of dims)
        if (dim.value.case === 'dimValue' && dim.value.value === 0n) dim.value = { case: undefined };
    }
  });
}

/** Without the shapes of outputs, of inner values and of the branches of an If, which onnxruntime works out for itself. */
function dropShapes(bytes: Uint8Array): Uint8Array {
  const drop = (value: ValueInfoProto) => {
    if (value.type?.value.case === 'tensorType') delete value.type.value.value.shape;
  };
  return edit(bytes, (graph) => {
    [...graph.output, ...graph.valueInfo].forEach(drop);
    for (const inner of graph.node.flatMap(subgraphsOf)) [...inner.output, ...inner.valueInfo].forEach(drop);
  });
}

function edit(bytes: Uint8Array, change: (graph: GraphProto) => void): Uint8Array {
  const model = fromBinary(ModelProtoSchema, bytes);
  if (model.graph !== undefined) change(model.graph);
  return toBinary(ModelProtoSchema, model);
}

function shapeOf({ type }: ValueInfoProto) {
  return type?.value.case === 'tensorType' ? type.value.value.shape : undefined;
}

/** The graphs in a node's attributes, and theirs. */
function subgraphsOf({ attribute }: NodeProto): GraphProto[] {
  const graphs = attribute.flatMap(({ g, graphs: more }) => (g === undefined ? more : [g, ...more]));
  return graphs.flatMap((graph) => [graph, ...graph.node.flatMap(subgraphsOf)]);
}
