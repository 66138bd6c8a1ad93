/** Measurements: the mean of one metric of one subject over its starts, with the interval over starts. */
import { geometricInterval, geometricMean, mean, meanInterval } from '../stats/interval.ts';
import type { Answer, Question } from './question.ts';
import type { Measurement } from './results.ts';
import { countedStarts } from './validity.ts';

/** What each subject answers to a question; `wanted` is how many starts are. */
export function measurementsOf(question: Question, wanted: number): Measurement[] {
  return question.answers.map((answer) => {
    const counted = countedStarts([...answer.values.keys()], answer.unsettled, wanted);
    const unsettled = [...counted].filter((start) => answer.unsettled.has(start)).length;
    const starts = question.starts.map((start) => (counted.has(start) ? startMean(answer, start) : null));
    const censored = starts.some((value) => value === Number.POSITIVE_INFINITY);
    const known = censored ? [] : starts.flatMap((value) => value ?? []);
    return {
      subject: answer.subject.name,
      metric: question.metric,
      condition: question.condition,
      ...estimateOf(question, known),
      starts: starts.map((value) => (value !== null && Number.isFinite(value) ? value : null)),
      requests: answer.requests,
      clientLimited: answer.clientLimited,
      invalid: answer.invalid,
      ...(unsettled === 0 ? {} : { unsettled }),
    };
  });
}

/**
 * Times, rates and CPU are above zero and vary by shares: geometric mean, and interval on logarithms; where one is not above
 * zero, the mean has no interval. Memory is a difference from the empty Worker's, which may be zero or below.
 */
function estimateOf({ metric }: Question, values: readonly number[]): Pick<Measurement, 'estimate' | 'ci95'> {
  if (values.length === 0) return { estimate: null, ci95: null };
  const isPositive = metric !== 'memoryMiB' && values.every((value) => value > 0);
  const interval = metric === 'memoryMiB' ? meanInterval(values, 0.95) : geometricInterval(values, 0.95);
  return {
    estimate: isPositive ? geometricMean(values) : mean(values),
    ci95: interval === null ? null : [interval.low, interval.high],
  };
}

/** Mean over the rounds of a start; infinite when one is censored, null when there are none. */
function startMean({ values }: Answer, start: number): number | null {
  const rounds = [...(values.get(start)?.values() ?? [])];
  return rounds.length === 0 ? null : mean(rounds);
}
