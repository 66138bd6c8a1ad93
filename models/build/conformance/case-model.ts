/** Makes a model that can be served out of a case: its card, its data, or the reason why it cannot be carried. */
import type { ModelCard } from '../../../shared/model-card.ts';
import { fail, ok, type Result } from '../../../shared/result.ts';
import { draftCard } from '../draft-card.ts';
import { readModelFile } from '../model-file.ts';
import type { ModelFolder } from '../model-folder.ts';
import { type OnnxModel, type OnnxValue, readOnnx } from '../onnx-model.ts';
import type { CaseFolder } from './case-folder.ts';
import { type DataSet, readDataSet } from './data-set.ts';

/** A case as a model. */
export interface CaseModel extends ModelFolder {
  readonly folder: CaseFolder;
  readonly model: OnnxModel;
  readonly dataSets: readonly DataSet[];
}

/** Reads a case and drafts its card. The error says why the protocol or a Worker cannot carry it. */
export function openCase(folder: CaseFolder): Result<CaseModel, string> {
  const { onnx, dataSets: folders } = folder;
  try {
    if (onnx === undefined) return fail('expected one model in the folder, got none or several');
    const model = readOnnx(readModelFile(onnx));
    const foreign = findForeign(model);
    if (foreign !== undefined) return fail(foreign);
    if (folders.length === 0) return fail('expected a data set in the folder, got none');
    const dataSets = folders.map((data) => readDataSet(data, model));
    return ok({ folder, card: cardOf(folder.model, model, dataSets), onnx, model, dataSets });
  } catch (cause) {
    return fail(cause instanceof Error ? cause.message : String(cause));
  }
}

/** Opens a case that has been opened before. Throws when it has changed since. */
export function reopenCase(folder: CaseFolder): CaseModel {
  const opened = openCase(folder);
  if (!opened.ok) throw new Error(`case ${folder.name}: ${opened.error}`);
  return opened.value;
}

/** What the model has that the protocol or one file cannot carry. */
function findForeign({ inputs, outputs, externalFiles }: OnnxModel): string | undefined {
  const role = (value: OnnxValue) => (inputs.includes(value) ? 'input' : 'output');
  const foreign = [...inputs, ...outputs].find(({ datatype }) => datatype === undefined);
  if (foreign !== undefined)
    return `the protocol carries no ${role(foreign)} of type ${foreign.type} ("${foreign.name}")`;
  if (externalFiles.length > 0) return `its weights lie outside of the file, in ${externalFiles.join(', ')}`;
  return undefined;
}

/** The card, with the sizes of the data where the model leaves them open, and with NaN among the numbers. */
function cardOf(name: string, model: OnnxModel, dataSets: readonly DataSet[]): ModelCard {
  const inputs = model.inputs.map((value) => ({ ...value, shape: pinned(value, dataSets) }));
  const card = draftCard(name, { ...model, inputs });
  return {
    ...card,
    inputs: card.inputs.map((spec) => (spec.datatype.startsWith('FP') ? { ...spec, missing: 'nan' } : spec)),
  };
}

function pinned({ name, shape }: OnnxValue, dataSets: readonly DataSet[]): readonly number[] | undefined {
  const shapes = dataSets
    .flatMap(({ inputs }) => inputs.filter((input) => input.name === name))
    .map((input) => input.shape);
  const [first] = shapes;
  if (first === undefined || shapes.some((other) => other.length !== first.length)) return shape;
  const sizes = first.map((size, axis) => (shapes.every((other) => other[axis] === size) ? size : -1));
  return shape?.map((size, axis) => (size === -1 ? (sizes[axis] ?? -1) : size)) ?? sizes;
}
