/** Results of a run as they would be under another condition: slower, spoiled, on another machine. */
import type { Measurement, Results } from '../../bench/analysis/results.ts';

/** The results with every start's value replaced. */
export function withStarts(results: Results, value: (old: number, of: Measurement, start: number) => number): Results {
  const measurements = results.measurements.map((one) => ({
    ...one,
    starts: one.starts.map((old, start) => (old === null ? null : value(old, one, start))),
  }));
  return { ...results, measurements };
}

/** The results as they are on a slower machine, or for a slower arm where one is named. Memory stays. */
export function slowed(results: Results, factor: number, subject?: string): Results {
  return withStarts(results, (old, one) => {
    if (one.metric === 'memoryMiB' || (subject !== undefined && one.subject !== subject)) return old;
    return one.metric === 'rps' ? old / factor : old * factor;
  });
}

export function withInvalid(results: Results, isIt: (one: Measurement) => boolean): Results {
  const measurements = results.measurements.map((one) => (isIt(one) ? { ...one, invalid: 'spoiled' } : one));
  return { ...results, measurements };
}

export function withEnvironment(results: Results, change: Partial<Results['environment']>): Results {
  return { ...results, environment: { ...results.environment, ...change } };
}
