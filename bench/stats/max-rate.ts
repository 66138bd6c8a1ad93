/** The search for the highest rate at which something holds, and when a window holds enough requests to say that it does. */
import { binomialProbability } from './distributions.ts';

export interface MaxRateOptions {
  /** The rate to begin with, and the one never to go beyond, in requests per second. */
  readonly startRate: number;
  readonly maxRate: number;
  /** The search ends when the highest rate that held and the lowest that did not are this close, as a share. */
  readonly tolerance: number;
  /** How often a rate must hold again before it is the answer. */
  readonly confirmations: number;
}

/** Whether it holds at a rate. */
export type Probe = (rate: number, step: 'search' | 'confirm') => Promise<boolean>;

/** Rates are whole numbers, and a search that finds none below this ends. */
const MIN_RATE = 1;

/** What does not hold at a thirtieth of the first rate fails by something else than the rate. */
const MAX_HALVINGS = 5;

/**
 * Doubles the rate until it does not hold, halves it until it does, bisects between both, and confirms: a rate that does
 * not hold again gives way to one lower by the tolerance, the next by twice that, and so on. Null when it holds at no rate.
 */
export async function findMaxRate(probe: Probe, options: MaxRateOptions): Promise<number | null> {
  let [good, bad] = await bracket(probe, options);
  while (good > 0 && bad - good > Math.max(1, options.tolerance * good)) {
    const middle = Math.round((good + bad) / 2);
    if (await probe(middle, 'search')) good = middle;
    else bad = middle;
  }
  return confirm(probe, good, options);
}

/** The highest rate that held, 0 for none, and the lowest that did not. */
async function bracket(probe: Probe, { startRate, maxRate }: MaxRateOptions): Promise<[number, number]> {
  let rate = Math.min(startRate, maxRate);
  if (await probe(rate, 'search')) {
    while (rate < maxRate) {
      const next = Math.min(rate * 2, maxRate);
      if (!(await probe(next, 'search'))) return [rate, next];
      rate = next;
    }
    return [rate, rate];
  }
  for (let halvings = 0; halvings < MAX_HALVINGS && rate > MIN_RATE; halvings++) {
    const lower = Math.floor(rate / 2);
    if (await probe(lower, 'search')) return [lower, rate];
    rate = lower;
  }
  return [0, rate];
}

async function confirm(probe: Probe, found: number, options: MaxRateOptions): Promise<number | null> {
  let rate = found;
  for (let step = options.tolerance; rate >= MIN_RATE; step *= 2) {
    let held = 0;
    while (held < options.confirmations && (await probe(rate, 'confirm'))) held += 1;
    if (held === options.confirmations) return rate;
    rate = Math.floor(rate * (1 - step));
  }
  return null;
}

/**
 * Early stopping is that of MLPerf Inference
 * (https://github.com/mlcommons/inference_policies/blob/master/inference_rules.adoc), whose confidence this is.
 */
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
