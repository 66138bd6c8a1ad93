/** Reads one data set of a case: the inputs of a run, and what it must answer. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tensor } from '../../../shared/tensor.ts';
import type { OnnxModel } from '../onnx-model.ts';
import { byNumber } from './case-folder.ts';
import { readTensorProto } from './tensor-proto.ts';

export interface DataSet {
  readonly inputs: readonly Tensor[];
  readonly expected: readonly Tensor[];
}

/** Reads the folder, with the names of the model's own inputs and outputs. Throws on files that do not fit the model. */
export function readDataSet(folder: string, { inputs, outputs }: OnnxModel): DataSet {
  const read = (role: 'input' | 'output', names: readonly string[]) =>
    named(
      byNumber(readdirSync(folder), new RegExp(`^${role}_(\\d+)\\.pb$`)).map((file) => ({
        file,
        tensor: readTensorProto(readFileSync(join(folder, file))),
      })),
      names,
    );
  return {
    inputs: read(
      'input',
      inputs.map(({ name }) => name),
    ),
    expected: read(
      'output',
      outputs.map(({ name }) => name),
    ),
  };
}

interface TensorFile {
  readonly file: string;
  readonly tensor: Tensor;
}

/** By the names in the files when each is one of the model's, as real networks have them; else by position. */
function named(files: readonly TensorFile[], names: readonly string[]): Tensor[] {
  const own = files.map(({ tensor }) => tensor.name);
  if (own.length > 0 && own.every((name) => names.includes(name)) && new Set(own).size === own.length) {
    return files.map(({ tensor }) => tensor);
  }
  if (files.length !== names.length) {
    throw new Error(
      `expected files for ${names.join(', ')}, got ${files.map(({ file }) => file).join(', ') || 'none'}`,
    );
  }
  return files.map(({ tensor }, index) => ({ ...tensor, name: names[index] ?? '' }));
}
