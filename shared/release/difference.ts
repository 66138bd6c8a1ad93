/** How far two answers to one request are apart. */
import { fromHalf } from '../half.ts';
import type { InferResponse } from '../predictor.ts';
import type { Tensor } from '../tensor.ts';

/** Relative where numbers differ, and infinite where anything else does; `text` says where. */
export interface Difference {
  readonly difference: number;
  readonly text: string;
}

export const SAME: Difference = { difference: 0, text: '' };

/** The largest difference of any two elements. */
export function compareAnswers(a: InferResponse, b: InferResponse): Difference {
  const names = new Set([...a.outputs, ...b.outputs].map(({ name }) => name));
  const found = [...names].map((name) => compareOutputs(name, findOutput(a, name), findOutput(b, name)));
  return found.reduce((worst, one) => (one.difference > worst.difference ? one : worst), SAME);
}

function findOutput({ outputs }: InferResponse, name: string): Tensor | undefined {
  return outputs.find((output) => output.name === name);
}

function compareOutputs(name: string, a: Tensor | undefined, b: Tensor | undefined): Difference {
  const [one, other] = [kindOf(a), kindOf(b)];
  const where = `output ${JSON.stringify(name)}`;
  if (a === undefined || b === undefined || one !== other) {
    return { difference: Number.POSITIVE_INFINITY, text: `${where}: ${one} against ${other}` };
  }
  let worst: Difference = SAME;
  const [left, right] = [elementsOf(a), elementsOf(b)];
  const isWhole = !a.datatype.startsWith('FP');
  for (const [i, x] of left.entries()) {
    const y = right[i];
    const difference = differenceOf(x, y, isWhole);
    if (difference > worst.difference) worst = { difference, text: `${where}, element ${i}: ${x} against ${y}` };
  }
  return worst;
}

function kindOf(tensor: Tensor | undefined): string {
  return tensor === undefined ? 'none' : `${tensor.datatype} [${tensor.shape}]`;
}

function elementsOf({ datatype, data }: Tensor): readonly (number | bigint | string)[] {
  return datatype === 'FP16' ? Array.from(data, fromHalf) : Array.from<number | bigint | string>(data);
}

/** Relative to the larger of two finite numbers; whole numbers, which count or name something, are the same or not. */
function differenceOf(x: number | bigint | string, y: number | bigint | string | undefined, isWhole: boolean): number {
  if (Object.is(x, y) || (x === 0 && y === 0)) return 0;
  if (isWhole || typeof x !== 'number' || typeof y !== 'number') return Number.POSITIVE_INFINITY;
  const difference = Math.abs(x - y) / Math.max(Math.abs(x), Math.abs(y));
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
}
