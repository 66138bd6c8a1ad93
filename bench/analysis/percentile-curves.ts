/** Percentile curves: all requests of a subject under a condition, pooled. To look at, not to test with. */
import type { PercentileCurve } from './results.ts';
import type { Series } from './series.ts';

/**
 * Of every series that has a right answer but the searches for a rate, whose probes are at rates of their own. Requests
 * that failed are censored: they lie beyond the end of the curve, so that it does not get to 1.
 */
export function percentileCurves(series: readonly Series[]): PercentileCurve[] {
  return series.flatMap(({ subject, condition, response, service }) => {
    const [responseMs, serviceMs] = [response.curve(), service.curve()];
    return responseMs.length === 0 ? [] : { subject, condition, responseMs, serviceMs };
  });
}
