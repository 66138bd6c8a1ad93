/** Every subject by itself, and against the baseline, on each question that is answered. */
import { compare, compareMeans, type PairedUnit } from '../stats/compare.ts';
import { geometricInterval, geometricMean, mean, meanInterval, unitsForHalfWidth } from '../stats/interval.ts';
import { METRICS, type Metric } from './metrics.ts';
import { correct, isPrimary, REFERENCES } from './primary.ts';
import type { Answer, Question } from './question.ts';
import type { ComparisonResult, Measurement } from './results.ts';
import type { MeasuredSubject } from './subjects.ts';

/** What each subject answers to a question. */
export function measurementsOf(question: Question): Measurement[] {
  const { metric, condition } = question;
  return question.answers.map((answer) => {
    const { subject, values, requests, clientLimited, invalid } = answer;
    const starts = question.starts.map((start) =>
      values.has(start) ? mean([...(values.get(start)?.values() ?? [])]) : null,
    );
    const known = starts.flatMap((value) => value ?? []);
    return {
      subject: subject.name,
      metric,
      condition,
      ...estimateOf(metric, known.every(Number.isFinite) ? known : []),
      starts: starts.map((value) => (value !== null && Number.isFinite(value) ? value : null)),
      requests,
      clientLimited,
      invalid,
      ...unsettledAmong(metric, [...values.keys()], [subject]),
    };
  });
}

/**
 * Times, rates and CPU are above zero and vary by shares: geometric mean, and interval on logarithms; where one is not above
 * zero, the mean has no interval. Memory is a difference from the empty Worker's, which may be zero or below.
 */
export function estimateOf(metric: Metric, values: readonly number[]): Pick<Measurement, 'estimate' | 'ci95'> {
  if (values.length === 0) return { estimate: null, ci95: null };
  const isPositive = metric !== 'memoryMiB' && values.every((value) => value > 0);
  const interval = metric === 'memoryMiB' ? meanInterval(values, 0.95) : geometricInterval(values, 0.95);
  return {
    estimate: isPositive ? geometricMean(values) : mean(values),
    ci95: interval && [interval.low, interval.high],
  };
}

/** How many of the starts did not come to rest for one of the subjects; memory is read before the warm-up. */
function unsettledAmong(metric: Metric, starts: readonly number[], subjects: readonly MeasuredSubject[]) {
  const marked = starts.filter((start) => subjects.some(({ unsettled }) => unsettled.has(start)));
  return metric === 'memoryMiB' || marked.length === 0 ? {} : { unsettled: marked.length };
}

/** The half-width of the delta's interval for which `startsFor30Us` is, in milliseconds. */
const HALF_WIDTH_MS = 0.03;

/** A primary question is asked whoever answers it, another one of those who do. */
export function comparisonsOf(
  questions: readonly Question[],
  subjects: readonly MeasuredSubject[],
  baseline: string,
): ComparisonResult[] {
  const a = subjects.find(({ name }) => name === baseline);
  if (a === undefined) return [];
  const others = subjects.filter((subject) => subject !== a);
  return correct(questions.flatMap((question) => others.flatMap((b) => compareOn(question, a, b) ?? [])));
}

function compareOn(question: Question, a: MeasuredSubject, b: MeasuredSubject): ComparisonResult | null {
  const { metric, condition } = question;
  const [ofA, ofB] = [a, b].map((one) => question.answers.find(({ subject }) => subject === one));
  const primary = isPrimary(question) && !REFERENCES.has(a.name) && !REFERENCES.has(b.name);
  const isAnswered = [ofA, ofB].every((answer) => (answer?.values.size ?? 0) > 0);
  if (!isAnswered && !primary) return null;
  const unit = a.kind === 'arm' && b.kind === 'arm' ? 'start' : 'round';
  const starts = question.starts.filter((start) => ofA?.values.has(start) && ofB?.values.has(start));
  const units = pairUnits(starts, unit, ofA, ofB);
  const compared = conclude(metric, units);
  const reason = whyInvalid(a, ofA) ?? whyInvalid(b, ofB) ?? (compared === null ? whyNothing(units, unit) : null);
  const isLatency = METRICS[metric].unit === 'ms' && metric !== 'cpuMsPerRequest';
  return {
    a: a.name,
    b: b.name,
    metric,
    condition,
    ratio: compared?.ratio ?? null,
    delta: compared?.delta ?? null,
    unit,
    units: units.length,
    startsFor30Us: compared && isLatency && unit === 'start' ? unitsForHalfWidth(compared.deltas, HALF_WIDTH_MS) : null,
    minimumDetectableRatio: compared?.minimumDetectableRatio ?? null,
    primary,
    pValue: compared?.pValue ?? null,
    adjustedPValue: null,
    verdict: reason === null ? (compared?.verdict ?? 'invalid') : 'invalid',
    reason,
    clientLimited: ofA?.clientLimited === true || ofB?.clientLimited === true,
    ...unsettledAmong(metric, starts, [a, b]),
  };
}

/** Rounds that both have, by start. A deployment has no starts of its own, so with one every round is a unit. */
function pairUnits(starts: readonly number[], unit: 'start' | 'round', a?: Answer, b?: Answer): PairedUnit[] {
  const byStart = starts.map((start) =>
    [...(a?.values.get(start) ?? [])].flatMap(([round, value]) => {
      const other = b?.values.get(start)?.get(round);
      return other === undefined ? [] : [[value, other] as const];
    }),
  );
  const units = unit === 'start' ? byStart.filter(({ length }) => length > 0) : byStart.flat().map((pair) => [pair]);
  return units.map((pairs) => ({ a: pairs.map(([value]) => value), b: pairs.map(([, value]) => value) }));
}

/** Memory is a difference from the empty Worker's, which may be near zero: its means are compared. */
function conclude(metric: Metric, units: readonly PairedUnit[]) {
  if (metric !== 'memoryMiB') return compare(units, METRICS[metric]);
  return compareMeans(
    units.flatMap(({ a }) => a),
    units.flatMap(({ b }) => b),
    METRICS[metric],
  );
}

function whyInvalid({ name }: MeasuredSubject, answer: Answer | undefined): string | null {
  if (answer === undefined) return `${name}: not measured`;
  return answer.invalid === null ? null : `${name}: ${answer.invalid}`;
}

function whyNothing(units: readonly PairedUnit[], unit: string): string {
  if (units.length < 2) return `too few ${unit}s: both were measured in ${units.length}, expected 2 or more`;
  return 'nothing to compare: a value is zero or below';
}
