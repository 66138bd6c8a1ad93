/** The search for the highest rate at which something holds, and when a window holds enough requests to say that it does. */
import { binomialProbability } from './distributions.ts';
import { smallestAbove } from './interval.ts';

/** Which percentile of response times is to stay within so many ms. */
export type Objective = Readonly<Record<'percentile' | 'ms', number>>;

/** What a probe is for. */
export type Step = 'search' | 'confirm';

/** Whether it holds at a rate, in requests per second. */
type Probe = (rate: number, step: Step) => Promise<boolean>;

/** The rate to begin with, and the one never to go beyond; and how fine the search is, where it is not the usual one. */
export type Rates = Readonly<Record<'startRate' | 'maxRate', number>> & Partial<typeof USUAL>;

/** How often a rate must hold again before it is the answer. */
export const CONFIRMATIONS = 3;

/**
 * The share by which a rate that held and one that did not are apart at the end; the step until there are both, which
 * grows up to a half on the way down.
 */
const USUAL = { tolerance: 0.02, factor: 2, confirmations: CONFIRMATIONS };

/** What does not hold after so many steps down fails by something else than the rate. */
const MAX_STEPS_DOWN = 5;

/**
 * Doubles the rate until it does not hold, halves it until it does, bisects between both, and confirms: one that does not
 * hold again gives way to one lower by the tolerance, then by twice that. Whole numbers; null when it holds at none.
 */
export async function findMaxRate(probe: Probe, rates: Rates): Promise<number | null> {
  const asked = { ...USUAL, ...rates };
  const { tolerance, confirmations } = asked;
  let [good, bad] = await bracket(probe, asked);
  while (good > 0 && bad - good > Math.max(1, tolerance * good)) {
    const middle = Math.round((good + bad) / 2);
    if (await probe(middle, 'search')) good = middle;
    else bad = middle;
  }
  for (let step = tolerance; good >= 1; step *= 2) {
    let held = 0;
    while (held < confirmations && (await probe(good, 'confirm'))) held += 1;
    if (held === confirmations) return good;
    good = Math.floor(good * (1 - step));
  }
  return null;
}

/** The highest rate that held, 0 for none, and the lowest that did not. */
async function bracket(probe: Probe, { startRate, maxRate, factor }: Rates & typeof USUAL): Promise<[number, number]> {
  let [good, rate] = [0, Math.min(startRate, maxRate)];
  while (await probe(rate, 'search')) {
    if (rate === maxRate) return [rate, rate];
    [good, rate] = [rate, Math.min(Math.ceil(rate * factor), maxRate)];
  }
  let by = factor;
  for (let steps = 0; good === 0 && steps < MAX_STEPS_DOWN && rate > 1; steps++) {
    const lower = Math.floor(rate / by);
    if (await probe(lower, 'search')) good = lower;
    else rate = lower;
    by = Math.min(by ** 2, 2);
  }
  return [good, rate];
}

/** Of MLPerf: https://github.com/mlcommons/inference_policies/blob/master/inference_rules.adoc, early stopping. */
const CONFIDENCE = 0.99;

/** The fewest requests with which a window passes when `overruns` of them are over the limit. */
export function requestsNeeded(overruns: number, percentile: number): number {
  return smallestAbove(0, (requests) => passes({ requests, overruns, percentile }));
}

/** The most requests over the limit with which a window of so many passes; -1 where it is too short to. */
export function mostOverruns(requests: number, percentile: number): number {
  return smallestAbove(0, (count) => !passes({ requests, overruns: count - 1, percentile })) - 2;
}

/**
 * Whether a window with so many requests over the limit shows that the percentile is within it: so few would be seen with a
 * probability of 1 - confidence at most, were each over the limit with one of 1 - percentile. Too few requests never do.
 */
export function passes(window: { requests: number; overruns: number; percentile: number }): boolean {
  return binomialProbability(window.overruns, window.requests, 1 - window.percentile) <= 1 - CONFIDENCE;
}
