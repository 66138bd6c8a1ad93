/**
 * The change of one figure from an older run to a newer one. The runs are independent samples of starts, so Welch's test
 * is on the logarithm of the values of starts, and their difference is the logarithm of the ratio.
 */

import type { Estimate } from '../stats/compare.ts';
import { studentTQuantile } from '../stats/distributions.ts';
import { mean } from '../stats/interval.ts';
import { welch } from '../stats/welch.ts';

const CONFIDENCE = 0.95;
const POWER = 0.8;

/** Logarithms of the values of starts. */
export interface Samples {
  readonly older: readonly number[];
  readonly newer: readonly number[];
}

export interface Change {
  /** Newer / older. */
  readonly ratio: Estimate;
  /** The 90% interval of the ratio, which equivalence is judged by. */
  readonly ci90: readonly [number, number];
  /** Two-sided, of no change. */
  readonly pValue: number;
  /** The smallest ratio above 1 that so many starts show with 80% power. */
  readonly detectableRatio: number;
}

/** Null when a run has fewer than two values. */
export function changeOf({ older, newer }: Samples): Change | null {
  if (older.length < 2 || newer.length < 2) return null;
  const [wide, narrow] = [welch(older, newer, CONFIDENCE), welch(older, newer, 0.9)];
  if (wide === null || narrow === null) return exactly(mean(newer) - mean(older));
  const quantile = studentTQuantile((1 + CONFIDENCE) / 2, wide.degrees);
  const error = (wide.high - wide.difference) / quantile;
  return {
    ratio: { estimate: Math.exp(wide.difference), ci95: [Math.exp(wide.low), Math.exp(wide.high)] },
    ci90: [Math.exp(narrow.low), Math.exp(narrow.high)],
    pValue: wide.pValue,
    detectableRatio: Math.exp((quantile + studentTQuantile(POWER, wide.degrees)) * error),
  };
}

/** Of samples that do not vary at all. */
function exactly(difference: number): Change {
  const ratio = Math.exp(difference);
  return {
    ratio: { estimate: ratio, ci95: [ratio, ratio] },
    ci90: [ratio, ratio],
    pValue: difference === 0 ? 1 : 0,
    detectableRatio: 1,
  };
}
