/** Writes the card of a model about which nothing is known but its ONNX file. Its user may add what the data means. */
import type { ModelCard, TensorSpec } from '../../shared/model-card.ts';
import { DATATYPES, elementCount } from '../../shared/tensor.ts';
import type { Golden } from './golden.ts';
import { NO_TYPE, type OnnxModel, type OnnxValue } from './onnx-model.ts';

/** Most input elements of one row: a message to the predictor Worker ends at 32 MiB. */
const MAX_ROW_ELEMENTS = 2 ** 23;

/** The card of a version, 1 unless told. Throws when the protocol cannot carry an input or output, which it names. */
export function draftCard(name: string, { inputs, outputs }: OnnxModel, version = '1'): ModelCard {
  if (inputs.length === 0) throw new Error('expected a model with an input, got one that always answers the same');
  const card = {
    name,
    version,
    platform: 'onnx_onnxv1',
    task: 'unknown',
    inputs: inputs.map((value) => specOf('input', value)),
    outputs: outputs.map((value) => specOf('output', value)),
    primaryOutput: outputs[0]?.name ?? '',
  };
  const elements = card.inputs.map(({ shape }) => elementCount(shape.map(Math.abs)));
  const largest = Math.max(...elements);
  if (largest > MAX_ROW_ELEMENTS) {
    const remedy = 'if those are weights, export them inside of the file (PyTorch: export_params=True)';
    throw new Error(`expected inputs of at most ${MAX_ROW_ELEMENTS} elements a row, got ${largest}; ${remedy}`);
  }
  return card;
}

/** The card with the datatypes and numbers of dimensions of outputs for which the ONNX file states none, from a run. */
export function completeOutputs(card: ModelCard, { outputs }: OnnxModel, golden: Golden): ModelCard {
  const ran = golden.cases[0]?.outputs ?? [];
  const complete = (spec: TensorSpec, index: number): TensorSpec => {
    const { datatype = spec.datatype, shape = [] } = ran[index] ?? {};
    const stated = outputs[index]?.shape ?? shape.map(() => -1);
    return { ...spec, datatype, shape: [...stated] };
  };
  return { ...card, outputs: card.outputs.map(complete) };
}

function specOf(role: 'input' | 'output', { name, type, datatype, shape }: OnnxValue): TensorSpec {
  const got = `${role} "${name}" of type ${type}`;
  // Its datatype is told by a run; until then any will do.
  if (role === 'output' && type.startsWith(NO_TYPE)) return { name, datatype: 'FP32', shape: [] };
  if (datatype === undefined) {
    throw new Error(
      `expected tensors of ${DATATYPES.join(', ')}, which the protocol carries, got ${got}; ${remedy(type)}`,
    );
  }
  if (shape === undefined && role === 'input') {
    throw new Error(`expected inputs with a number of dimensions, got ${got}; export the model with the input's shape`);
  }
  return { name, datatype, shape: [...(shape ?? [])] };
}

function remedy(type: string): string {
  if (type.startsWith('sequence(map(')) {
    return "for a scikit-learn classifier, convert with options={'zipmap': False}, which gives a tensor instead";
  }
  if (/^(sequence|optional|map|sparse)/.test(type)) return 'export the model with a tensor in its place';
  return 'cast it to another type in the model';
}
