/** The search for the highest rate at which something holds. */

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
