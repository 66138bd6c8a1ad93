/**
 * When a window holds enough requests to say that a percentile is within its limit: the early stopping of MLPerf
 * Inference (https://github.com/mlcommons/inference_policies/blob/master/inference_rules.adoc).
 */
import { binomialProbability } from './distributions.ts';

const CONFIDENCE = 0.99;

/**
 * The fewest requests of which `overruns` may be over the limit: the smallest n for which so few would be seen with a
 * probability of 1 - confidence at most, were each over the limit with a probability of 1 - percentile.
 */
export function requestsNeeded(overruns: number, percentile: number, confidence = CONFIDENCE): number {
  const isEnough = (n: number) => binomialProbability(overruns, n, 1 - percentile) <= 1 - confidence;
  let high = 1;
  while (!isEnough(high)) high *= 2;
  let low = high / 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Whether the requests of a window show that the percentile is within its limit. Too few of them never do. */
export function passes({ requests, overruns, percentile }: Observed): boolean {
  return binomialProbability(overruns, requests, 1 - percentile) <= 1 - CONFIDENCE;
}

export interface Observed {
  readonly requests: number;
  /** Requests over the limit. */
  readonly overruns: number;
  readonly percentile: number;
}
