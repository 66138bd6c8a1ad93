/** Measurements: the mean of one metric of one subject over its starts, with the interval over starts. */
import { mean, meanInterval } from '../stats/interval.ts';
import type { Answer, Question } from './question.ts';
import type { Measurement } from './results.ts';

/** What each subject answers to a question. */
export function measurementsOf(question: Question): Measurement[] {
  return question.answers.map((answer) => {
    const starts = question.starts.map((start) => startMean(answer, start));
    const censored = starts.some((value) => value === Number.POSITIVE_INFINITY);
    const known = censored ? [] : starts.flatMap((value) => value ?? []);
    const interval = meanInterval(known, 0.95);
    return {
      subject: answer.subject.name,
      metric: question.metric,
      condition: question.condition,
      estimate: known.length === 0 ? null : mean(known),
      ci95: interval === null ? null : [interval.low, interval.high],
      starts: starts.map((value) => (value !== null && Number.isFinite(value) ? value : null)),
      requests: answer.requests,
      clientLimited: answer.clientLimited,
      invalid: answer.invalid,
    };
  });
}

/** Mean over the rounds of a start; infinite when one is censored, null when there are none. */
function startMean({ values }: Answer, start: number): number | null {
  const rounds = [...(values.get(start)?.values() ?? [])];
  return rounds.length === 0 ? null : mean(rounds);
}
