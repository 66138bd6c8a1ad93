/** What a model's owner should know before production does: where it will meet a limit, or answer otherwise than meant. */

import { relative } from 'node:path';
import { encodeElements } from '../../shared/http/tensor-bytes.ts';
import type { ModelCard } from '../../shared/model-card.ts';
import { printInput } from './examples.ts';
import { fromJsonTensor, type Golden } from './golden.ts';
import { mebibytes } from './isolate-limits.ts';
import type { OnnxModel } from './onnx-model.ts';
import type { Repair } from './repair.ts';
import { ROOT, workerLimits } from './workers.ts';

export interface Warned {
  readonly folder: string;
  readonly card: ModelCard;
  readonly onnx: OnnxModel;
  readonly golden: Golden;
  /** Inputs in which NaN gave finite answers. */
  readonly takesNan: readonly string[];
  /** What was taken out of the file. */
  readonly repairs: readonly Repair[];
}

/** One line for each. */
export function warnings(model: Warned): string[] {
  return [...bodyLimit(model), ...repaired(model), ...missingValues(model), ...floatTrees(model)];
}

function bodyLimit({ golden: { cases } }: Warned): string[] {
  const { maxBodyBytes } = workerLimits();
  const sizes = cases.map(({ inputs }) => {
    const tensors = inputs.map(fromJsonTensor);
    const binary = tensors.reduce((total, tensor) => total + encodeElements(tensor).byteLength, 0);
    return { binary, json: Buffer.byteLength(`{"inputs":[${tensors.map(printInput).join()}]}`) };
  });
  const [smallest] = sizes.sort((a, b) => a.json - b.json);
  if (smallest === undefined || smallest.json <= maxBodyBytes) return [];
  const isOver = smallest.binary > maxBodyBytes;
  const needed = Math.ceil((isOver ? smallest.binary : smallest.json) * 1.1);
  const fits = isOver ? `, and ${mebibytes(smallest.binary)} as binary tensors` : '; as binary tensors it fits';
  return [
    `one request takes ${mebibytes(smallest.json)} as JSON${fits}; MAX_BODY_BYTES is ${maxBodyBytes}: set it to ${needed} or more in ` +
      'wrangler.toml and workers/gateway/wrangler.toml, and to 4 times that in workers/predictor/wrangler.toml',
  ];
}

function repaired({ onnx, repairs }: Warned): string[] {
  const names = onnx.inputs.filter(({ zeros }) => zeros).map(({ name }) => `"${name}"`);
  const said: Readonly<Record<Repair, string>> = {
    'zero-sizes': `input ${names.join(', ')} has a dimension of 0, which some exporters write for one that varies; model.onnx has it as one that varies`,
    'stated-shapes': 'the file states shapes that the graph contradicts; model.onnx is without them',
  };
  return repairs.map((name) => said[name]);
}

/** Operators that give NaN a meaning of its own; others may swallow one too. */
const MISSING_OPERATORS = /^(TreeEnsemble|Imputer|IsNaN|LabelEncoder)/;

function missingValues({ folder, onnx, takesNan }: Warned): string[] {
  const hasMeaning = onnx.operators.some(({ op }) => MISSING_OPERATORS.test(op));
  return (hasMeaning ? takesNan : []).map(
    (name) =>
      `input "${name}" takes NaN and answers with numbers; if NaN means a missing value to the model, add "missing": "nan" to ` +
      `that input in ${relative(ROOT, folder)}/card.json, else such requests are refused`,
  );
}

function floatTrees({ onnx }: Warned): string[] {
  if (!onnx.floatTrees || !onnx.inputs.some(({ datatype }) => datatype === 'FP64')) return [];
  return [
    'trees with FP32 thresholds on an FP64 input: values near a threshold may take the other branch than in training; convert ' +
      "with to_onnx(model, X.astype(numpy.float32)), or with target_opset={'': 17, 'ai.onnx.ml': 3} for FP64 thresholds",
  ];
}
