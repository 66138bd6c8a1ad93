/** A tensor as a text that is equal to another one's when every bit of the two is. */
import { encodeElements } from '../../shared/http/tensor-bytes.ts';
import type { Tensor } from '../../shared/tensor.ts';

/** Name, datatype, shape, and the bits of the elements. */
export function tensorBits(tensor: Tensor): string {
  const { name, datatype, shape } = tensor;
  return `${name} ${datatype} [${shape}] ${Buffer.from(encodeElements(tensor)).toString('base64')}`;
}
