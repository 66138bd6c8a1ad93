/** What becomes of a case of the ONNX standard's backend tests on one runtime. */

/** `refused`: not run, or the runtime declined it with an error of its own. `failed`: another answer, or none. */
export type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

/** A case on both runtimes. */
export interface Outcomes {
  readonly stock: Outcome;
  readonly baked: Outcome;
}

export interface CaseResult extends Outcomes {
  readonly suite: string;
  readonly name: string;
}

export const PASSED: Outcome = { kind: 'passed' };

export function refused(reason: string): Outcome {
  return { kind: 'refused', reason };
}

export function failed(reason: string): Outcome {
  return { kind: 'failed', reason };
}

/** Whether the baked runtime does worse than the stock one: it fails where stock does not, or does not pass where it does. */
export function isRegression({ stock, baked }: Outcomes): boolean {
  if (baked.kind === 'failed') return stock.kind !== 'failed';
  return stock.kind === 'passed' && baked.kind !== 'passed';
}
