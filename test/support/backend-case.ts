/** Writes cases as the ONNX standard's backend tests have them: a model, and data sets of serialised tensors. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { TensorProtoSchema } from 'onnx-buf';

type TensorInit = Extract<MessageInitShape<typeof TensorProtoSchema>, { readonly $typeName?: never }>;

/** The tensors of a data set, by the number in the name of their file. */
export interface DataSetFiles {
  readonly inputs: Readonly<Record<number, TensorInit>>;
  readonly outputs: Readonly<Record<number, TensorInit>>;
}

/** Writes a case into `folder`, its data sets numbered from 0. */
export function writeCase(folder: string, onnx: Uint8Array, dataSets: readonly DataSetFiles[]): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model.onnx'), onnx);
  for (const [index, { inputs, outputs }] of dataSets.entries()) {
    const data = join(folder, `test_data_set_${index}`);
    mkdirSync(data);
    for (const [number, tensor] of Object.entries(inputs)) writeTensor(join(data, `input_${number}.pb`), tensor);
    for (const [number, tensor] of Object.entries(outputs)) writeTensor(join(data, `output_${number}.pb`), tensor);
  }
}

function writeTensor(file: string, tensor: TensorInit): void {
  writeFileSync(file, toBinary(TensorProtoSchema, create(TensorProtoSchema, tensor)));
}
