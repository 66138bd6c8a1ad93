/** Tensors and the outcomes of runs as texts that are equal when every bit is. */
import { encodeElements } from '../../shared/http/tensor-bytes.ts';
import type { Session } from '../../shared/inference/runtime.ts';
import type { Tensor } from '../../shared/tensor.ts';
import type { Answer } from './ask.ts';
import { cut } from './binary.ts';

/** Name, datatype, shape and the bits of the elements. */
export function bitsOf(tensor: Tensor): string {
  return write(tensor, encodeElements(tensor));
}

/** The outputs' bits, or from the error code on the words in which onnxruntime refuses the run. */
export async function outcomeOf(
  session: Session,
  inputs: readonly Tensor[],
  outputs: readonly string[],
): Promise<string> {
  try {
    return (await session.run(inputs, outputs)).map(bitsOf).join('\n');
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    return text.slice(Math.max(0, text.indexOf('ERROR_CODE')));
  }
}

/** The same of an answer over HTTP with all its outputs in binary: the outputs' bits, or status and body. */
export function answerOf(answer: Answer): string {
  if (answer.status !== 200) return `${answer.status} ${answer.text}`;
  const { json, binary } = cut(answer);
  let at = 0;
  const outputs: string[] = json.outputs.map((output: Tensor & { parameters: { binary_data_size: number } }) => {
    const start = at;
    at += output.parameters.binary_data_size;
    return write(output, binary.subarray(start, at));
  });
  return outputs.join('\n');
}

function write({ name, datatype, shape }: Omit<Tensor, 'data'>, bytes: Uint8Array): string {
  return `${name} ${datatype} [${shape}] ${Buffer.from(bytes).toString('base64')}`;
}
