/**
 * Every subject by itself, and against the baseline, on each question that is answered, with Holm's correction for asking
 * several. Primary comparisons are about what could be deployed in place of the baseline: the empty Worker and the floor are
 * yardsticks whose difference nobody doubts, and would only make the family larger.
 */
import { ALPHA, compare, compareMeans, holm, type PairedUnit } from '../stats/compare.ts';
import { studentTQuantile } from '../stats/distributions.ts';
import { geometricInterval, geometricMean, mean, meanInterval, unitsForHalfWidth } from '../stats/interval.ts';
import { isPrimary, METRICS, type Metric } from './metrics.ts';
import type { Answer, Question } from './question.ts';
import { isPair, isReference, type MeasuredSubject } from './subjects.ts';

/** What each subject answers to a question. */
export function measurementsOf({ metric, condition, starts, answers }: Question) {
  return answers.map(({ subject, values, requests, clientLimited, invalid }) => {
    const byStart = Map.groupBy(values, ({ start }) => start);
    const means = starts.map((start) => mean((byStart.get(start) ?? []).map(({ value }) => value)));
    const isCensored = values.some(({ value }) => value === Number.POSITIVE_INFINITY);
    return {
      subject: subject.name,
      metric,
      condition,
      /** Over starts; null where it was not measured or is censored. */
      ...estimateOf(metric, isCensored ? [] : means.filter(Number.isFinite)),
      /** Mean over rounds, by start; null for a start without a valid value. */
      starts: means.map((value) => (Number.isFinite(value) ? value : null)),
      requests,
      clientLimited,
      invalid,
      ...unsettledAmong(metric, values, [subject]),
    };
  });
}
export type Measurement = ReturnType<typeof measurementsOf>[number];

/** Of what varies by shares geometric mean, and interval on logarithms, if all are above zero; memory is a difference. */
export function estimateOf(metric: Metric, values: readonly number[]) {
  const isPositive = metric !== 'memoryMiB' && values.every((value) => value > 0);
  const interval = metric === 'memoryMiB' ? meanInterval(values, 0.95) : geometricInterval(values, 0.95);
  const ci95: readonly [number, number] | null = interval && [interval.low, interval.high];
  return { estimate: values.length === 0 ? null : isPositive ? geometricMean(values) : mean(values), ci95 };
}

/** In how many of the starts a subject did not come to rest, if in any; memory is read before the warm-up. */
function unsettledAmong(metric: Metric, values: readonly { start: number }[], subjects: readonly MeasuredSubject[]) {
  const starts = new Set(values.map(({ start }) => start));
  const marked = [...starts].filter((start) => subjects.some(({ unsettled }) => unsettled.has(start)));
  const unmarked: { unsettled?: number } = {};
  return metric === 'memoryMiB' || marked.length === 0 ? unmarked : { unsettled: marked.length };
}

/** A primary question is asked whoever answers it, another one of those who do. */
export function comparisonsOf(questions: readonly Question[], subjects: readonly MeasuredSubject[], baseline: string) {
  const a = subjects.find(({ name }) => name === baseline);
  const others = subjects.filter((subject) => subject !== a);
  return a === undefined ? [] : correct(questions.flatMap((one) => others.flatMap((b) => compareOn(one, a, b) ?? [])));
}
export type ComparisonResult = ReturnType<typeof comparisonsOf>[number];

function compareOn(question: Question, a: MeasuredSubject, b: MeasuredSubject) {
  const { metric, condition, answers } = question;
  const [ofA, ofB] = [a, b].map((one) => answers.find(({ subject }) => subject === one));
  const primary = isPrimary(question) && !isReference(a.name) && !isReference(b.name);
  if (!primary && (!ofA?.values.length || !ofB?.values.length)) return null;
  const pairs = pairsOf(ofA, ofB);
  // A deployment has no starts of its own, so with one every round is a unit.
  const unit = a.kind === 'arm' && b.kind === 'arm' ? 'start' : 'round';
  const grouped = unit === 'start' ? [...Map.groupBy(pairs, ({ start }) => start).values()] : pairs.map((one) => [one]);
  const units = grouped.map((own) => ({ a: own.map((pair) => pair.a), b: own.map((pair) => pair.b) }));
  const { deltas, verdict, ...compared } = conclude(metric, units);
  const few = `too few ${unit}s: both were measured in ${units.length}, expected 2 or more`;
  const nothing = units.length < 2 ? few : 'nothing to compare: a value is zero or below';
  const reason = whyInvalid(a, ofA) ?? whyInvalid(b, ofB) ?? (compared.delta === null ? nothing : null);
  const isTime = METRICS[metric].unit === 'ms' && metric !== 'cpuMsPerRequest' && unit === 'start';
  return {
    a: a.name,
    b: b.name,
    metric,
    condition,
    /** Of memory that may be none above the empty Worker's there is a difference but no ratio. */
    ...compared,
    unit,
    units: units.length,
    /** For a half-width of 0.03 ms of the delta's interval. */
    startsFor30Us: isTime && deltas ? unitsForHalfWidth(deltas, 0.03) : null,
    primary,
    verdict: (reason === null && verdict) || 'invalid',
    /** Why the verdict is `invalid`. */
    reason,
    clientLimited: [ofA, ofB].some((answer) => answer?.clientLimited === true),
    ...unsettledAmong(metric, pairs, [a, b]),
  } as const;
}

/** Of the rounds that both have. */
function pairsOf(a?: Answer, b?: Answer) {
  return (a?.values ?? []).flatMap(({ start, round, value }) => {
    const other = b?.values.find((one) => one.start === start && one.round === round);
    return other === undefined ? [] : { start, a: value, b: other.value };
  });
}

const NONE = { ratio: null, delta: null, minimumDetectableRatio: null, pValue: null, deltas: null, verdict: null };
type Compared = NonNullable<ReturnType<typeof compare>>;

/** Memory is a difference from the empty Worker's, which may be near zero: its means are compared. */
function conclude(metric: Metric, units: readonly PairedUnit[]): { [K in keyof Compared]: Compared[K] | null } {
  if (metric !== 'memoryMiB') return compare(units, METRICS[metric]) ?? NONE;
  const all = (side: 'a' | 'b') => units.flatMap((unit) => unit[side]);
  return compareMeans(all('a'), all('b'), METRICS[metric]) ?? NONE;
}

function whyInvalid({ name }: MeasuredSubject, answer: Answer | undefined): string | null {
  const why = answer === undefined ? 'not measured' : answer.invalid;
  return why && `${name}: ${why}`;
}

/** A primary difference that does not outlast the correction is inconclusive; equivalence claims none, so it stays. */
function correct(comparisons: readonly NonNullable<ReturnType<typeof compareOn>>[]) {
  const tested = comparisons.filter((one) => one.primary && one.verdict !== 'invalid' && one.pValue !== null);
  const adjusted = holm(tested.map(({ pValue }) => pValue ?? 1));
  return comparisons.map((comparison) => {
    const adjustedPValue = adjusted[tested.indexOf(comparison)] ?? null;
    const isKept = adjustedPValue === null || adjustedPValue < ALPHA || comparison.verdict === 'equivalent';
    return { ...comparison, adjustedPValue, verdict: isKept ? comparison.verdict : 'inconclusive' } as const;
  });
}

/**
 * Standard deviation over starts of ln b / a, of pair-rpc against combined on a machine with nothing else to do: of the run
 * of `standard` that is bench/reference/standard.json at commit 1c2f96d. A start of `quick` has fewer rounds, so that the same machine reads some 1.2 there.
 */
const QUIET_DEVIATION = { latencyP50Ms: 0.033, rps: 0.167 } as const;

/**
 * How many times wider the main intervals are than on a quiet machine with as many starts: half-widths of the ratio of the
 * pair, or else of the first that is compared, on logarithms. The root of the mean square over median latency and
 * throughput, as five starts alone tell a deviation to within a factor of two.
 */
export function noiseOf(comparisons: readonly ComparisonResult[]): number | null {
  const primary = comparisons.filter((one) => one.primary && one.unit === 'start');
  const first = primary.find(({ b }) => isPair(b)) ?? primary[0];
  const squares = primary.flatMap(({ b, metric, ratio, units }) => {
    if (b !== first?.b || ratio === null || (metric !== 'latencyP50Ms' && metric !== 'rps')) return [];
    const half = Math.log(ratio.ci95[1] / ratio.ci95[0]) / 2;
    const quiet = (studentTQuantile(0.975, units - 1) * QUIET_DEVIATION[metric]) / Math.sqrt(units);
    return (half / quiet) ** 2;
  });
  return squares.length === 0 ? null : Math.sqrt(mean(squares));
}
