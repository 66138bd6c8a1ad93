/** What a server of the Open Inference Protocol v2 is asked: the path of a model, and the message of an inference. */
import { quote } from '../errors.ts';
import { joinBody } from '../http/binary-body.ts';
import { encodeElements } from '../http/tensor-bytes.ts';
import { toJsonElements } from '../http/tensor-json.ts';
import type { InferRequest } from '../predictor.ts';
import type { Tensor } from '../tensor.ts';

/** The path of a model, and of one version where it is given. */
export function modelPath(model: string, version?: string): string {
  const path = `/v2/models/${encodeURIComponent(model)}`;
  return version === undefined ? path : `${path}/versions/${encodeURIComponent(version)}`;
}

/** How tensors travel. */
export type Encoding = 'binary' | 'json';

/**
 * Body and headers of `POST /v2/models/{model}/infer`, with tensors of one encoding in both directions. Throws a TypeError
 * for elements that JSON has no form for.
 */
export function inferMessage(
  { inputs, outputs }: Pick<InferRequest, 'inputs' | 'outputs'>,
  encoding: Encoding = 'binary',
) {
  const wanted = outputs?.map((name) => ({ name }));
  if (encoding === 'json') {
    const body = JSON.stringify({ inputs: inputs.map(jsonTensor), outputs: wanted });
    return { body, headers: { 'Content-Type': 'application/json' } };
  }
  const tensors = inputs.map(encodeElements);
  const header = {
    parameters: { binary_data_output: true },
    inputs: inputs.map(({ name, datatype, shape }, index) => {
      return { name, datatype, shape, parameters: { binary_data_size: tensors[index]?.byteLength } };
    }),
    outputs: wanted,
  };
  return joinBody(header, tensors);
}

function jsonTensor(tensor: Tensor) {
  const { name, datatype, shape } = tensor;
  const data = toJsonElements({ model: '' }, tensor);
  if (data.ok) return { name, datatype, shape, data: data.value };
  throw new TypeError(`input ${quote(name)}: expected finite numbers, and not of FP16, as JSON has no form for others`);
}
