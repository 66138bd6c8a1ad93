/** Every subject by itself, and against the baseline, on each question that is answered. */

import { compare, compareMeans, type MeansComparison, type PairedUnit } from '../stats/compare.ts';
import { geometricInterval, geometricMean, mean, meanInterval, unitsForHalfWidth } from '../stats/interval.ts';
import { hierarchicalBootstrap } from '../stats/resampling.ts';
import { METRICS } from './metrics.ts';
import { correct, isPrimaryOf } from './primary.ts';
import type { Answer, Question } from './question.ts';
import type { ComparisonResult, Measurement } from './results.ts';
import { countedStarts, type MeasuredSubject } from './subjects.ts';

/** The half-width of the delta's interval for which `startsFor30Us` is, in milliseconds. */
const HALF_WIDTH_MS = 0.03;

/** Starts from which a bootstrap's interval is worth having. */
const BOOTSTRAP_STARTS = 20;
const RESAMPLES = 2000;

export interface ComparisonsInput {
  readonly questions: readonly Question[];
  readonly subjects: readonly MeasuredSubject[];
  readonly baseline: string;
  /** How many starts are wanted of each comparison. */
  readonly wanted: number;
  /** Of the bootstrap. */
  readonly seed: number;
}

export function comparisonsOf({ questions, subjects, baseline, wanted, seed }: ComparisonsInput): ComparisonResult[] {
  const a = subjects.find(({ name }) => name === baseline);
  if (a === undefined) return [];
  const others = subjects.filter((subject) => subject !== a);
  return correct(
    questions.flatMap((question) =>
      others.flatMap((b) => (isAsked(question, a, b) ? compareOn(question, { a, b, wanted, seed }) : [])),
    ),
  );
}

/** A primary question is asked whoever answers it. */
function isAsked(question: Question, a: MeasuredSubject, b: MeasuredSubject): boolean {
  const answered = [a, b].filter(({ name }) => (find(question, name)?.values.size ?? 0) > 0).length;
  return answered === 2 || isPrimaryOf(question, [a.name, b.name]);
}

function find({ answers }: Question, name: string): Answer | undefined {
  return answers.find(({ subject }) => subject.name === name);
}

interface Pair {
  readonly a: MeasuredSubject;
  readonly b: MeasuredSubject;
  readonly wanted: number;
  readonly seed: number;
}

function compareOn(question: Question, { a, b, wanted, seed }: Pair): ComparisonResult {
  const [ofA, ofB] = [find(question, a.name), find(question, b.name)];
  const unit = a.kind === 'arm' && b.kind === 'arm' ? 'start' : 'round';
  const starts = countStarts(question, [ofA, ofB], wanted);
  const units = pairUnits(starts.counted, unit, [ofA, ofB]);
  const compared = conclude(question, units);
  const reason = whyInvalid(a, ofA) ?? whyInvalid(b, ofB) ?? (compared === null ? whyNothing(units, unit) : null);
  const isLatency = METRICS[question.metric].unit === 'ms' && question.metric !== 'cpuMsPerRequest';
  const withBootstrap = compared !== null && unit === 'start' && question.metric !== 'memoryMiB';
  return {
    a: a.name,
    b: b.name,
    metric: question.metric,
    condition: question.condition,
    ratio: compared?.ratio ?? null,
    delta: compared?.delta ?? null,
    unit,
    units: units.length,
    startsFor30Us: compared && isLatency && unit === 'start' ? unitsForHalfWidth(compared.deltas, HALF_WIDTH_MS) : null,
    minimumDetectableRatio: compared?.minimumDetectableRatio ?? null,
    primary: isPrimaryOf(question, [a.name, b.name]),
    pValue: compared?.pValue ?? null,
    adjustedPValue: null,
    bootstrapCi95:
      withBootstrap && units.length >= BOOTSTRAP_STARTS
        ? hierarchicalBootstrap(units, { resamples: RESAMPLES, seed })
        : null,
    verdict: reason === null ? (compared?.verdict ?? 'invalid') : 'invalid',
    reason,
    clientLimited: ofA?.clientLimited === true || ofB?.clientLimited === true,
    ...(starts.unsettled === 0 ? {} : { unsettled: starts.unsettled }),
  };
}

type Sides = readonly [Answer | undefined, Answer | undefined];

/** The starts that count, of those that both were measured in, and how many of them did not settle for either. */
function countStarts({ starts }: Question, [a, b]: Sides, wanted: number) {
  const both = starts.filter((start) => a?.values.has(start) && b?.values.has(start));
  const unsettled = new Set([...(a?.unsettled ?? []), ...(b?.unsettled ?? [])]);
  const counted = countedStarts(both, unsettled, wanted);
  return {
    counted: both.filter((start) => counted.has(start)),
    unsettled: [...counted].filter((start) => unsettled.has(start)).length,
  };
}

/** Rounds that both have, by start. A deployment has no starts of its own, so with one every round is a unit. */
function pairUnits(starts: readonly number[], unit: 'start' | 'round', [a, b]: Sides): PairedUnit[] {
  const units = starts.flatMap((start): PairedUnit[] => {
    const ofB = b?.values.get(start);
    const shared = [...(a?.values.get(start) ?? [])].flatMap(([round, value]) => {
      const other = ofB?.get(round);
      return other === undefined ? [] : [[value, other] as const];
    });
    return shared.length === 0 ? [] : [{ a: shared.map(([value]) => value), b: shared.map(([, value]) => value) }];
  });
  if (unit === 'start') return units;
  return units.flatMap((start) => start.a.map((value, i) => ({ a: [value], b: start.b.slice(i, i + 1) })));
}

/** Memory is a difference from the empty Worker's, which may be near zero: its means are compared. */
function conclude({ metric }: Question, units: readonly PairedUnit[]): MeansComparison | null {
  const { lowerIsBetter, marginFloor } = METRICS[metric];
  if (metric !== 'memoryMiB') return compare([...units], { lowerIsBetter, marginFloor });
  const [a, b] = [units.flatMap((unit) => unit.a), units.flatMap((unit) => unit.b)];
  return compareMeans(a, b, { lowerIsBetter, marginFloor });
}

function whyInvalid({ name }: MeasuredSubject, answer: Answer | undefined): string | null {
  if (answer === undefined) return `${name}: not measured`;
  return answer.invalid === null ? null : `${name}: ${answer.invalid}`;
}

function whyNothing(units: readonly PairedUnit[], unit: string): string {
  if (units.length < 2) return `too few ${unit}s: both were measured in ${units.length}, expected 2 or more`;
  return 'nothing to compare: a value is zero or below';
}

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
