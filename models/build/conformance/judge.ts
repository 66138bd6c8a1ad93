/**
 * Holds an answer against the expected one by the rules of the ONNX standard's backend tests: numbers within a relative
 * and an absolute tolerance, NaN equal to NaN, all else exactly.
 */

import { fromHalf } from '../../../shared/half.ts';
import type { Datatype, Tensor } from '../../../shared/tensor.ts';
import { closeTo } from '../golden.ts';

/** The suite's relative tolerance; its absolute one, 1e-7, is that of `closeTo`. */
const RELATIVE = 1e-3;

/** How `got` differs from what is expected, in words; undefined when it does not. */
export function findMismatch(got: readonly Tensor[], expected: readonly Tensor[]): string | undefined {
  for (const tensor of expected) {
    const mismatch = compare(
      got.find(({ name }) => name === tensor.name),
      tensor,
    );
    if (mismatch !== undefined) return `output "${tensor.name}": ${mismatch}`;
  }
  return undefined;
}

function compare(got: Tensor | undefined, expected: Tensor): string | undefined {
  const kind = ({ datatype, shape }: Tensor) => `${datatype} [${shape}]`;
  if (got === undefined) return `expected ${kind(expected)}, got none`;
  if (kind(got) !== kind(expected)) return `expected ${kind(expected)}, got ${kind(got)}`;
  const [right, left] = [elements(expected), elements(got)];
  const isSame = expected.datatype.startsWith('FP') ? isClose : Object.is;
  const wrong = right.findIndex((value, i) => !isSame(left[i], value));
  if (wrong === -1) return undefined;
  const count = right.filter((value, i) => !isSame(left[i], value)).length;
  return `expected ${right[wrong]} at element ${wrong}, got ${left[wrong]} (${count} of ${right.length} differ)`;
}

type Element = number | bigint | string;

function elements({ datatype, data }: { readonly datatype: Datatype; readonly data: Iterable<Element> }): Element[] {
  return Array.from(data, (element) => (datatype === 'FP16' ? fromHalf(Number(element)) : element));
}

function isClose(got: Element | undefined, expected: Element): boolean {
  return closeTo(Number(got), Number(expected), RELATIVE);
}
