/** Response times of a window in milliseconds, from the durations that the report is made of. */
import { durationsOf } from '../analysis/window-summary.ts';
import type { WindowResult } from '../load/window.ts';
import { quantile } from '../stats/quantile.ts';

const US_PER_MS = 1000;

/** What of a window is needed. */
export type Answered = Pick<WindowResult, 'requests' | 'failures'>;

/** From when a request was due to its last byte; a request that failed counts as one that never ends. */
export function responseTimesMs(window: Answered): number[] {
  return durationsOf(window).responseUs.map((us) => us / US_PER_MS);
}

/** A percentile of the response times; NaN for a window without requests. */
export function percentileMs(window: Answered, q: number): number {
  return quantile(responseTimesMs(window), q) ?? Number.NaN;
}
