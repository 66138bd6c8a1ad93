/** Percentile curves: all requests of a subject under a condition, pooled. To look at, not to test with. */
import type { PercentileCurve } from './results.ts';
import type { Series } from './series.ts';

/** Experiments whose whole distribution is worth keeping: one stream, and loads like those of users. */
const CURVED: ReadonlySet<string> = new Set(['single-stream', 'offered-load']);

/**
 * Of every series of these experiments that has a right answer. Requests that failed are censored: they lie beyond the end of the curve, so that it does not get to 1.
 */
export function percentileCurves(series: readonly Series[]): PercentileCurve[] {
  return series.flatMap(({ subject, condition, response, service }) => {
    if (!CURVED.has(condition.experiment)) return [];
    const [responseMs, serviceMs] = [response.curve(), service.curve()];
    return responseMs.length === 0 ? [] : { subject, condition, responseMs, serviceMs };
  });
}
