/**
 * What a run found, one plain sentence for each question, written from its numbers alone. A difference is claimed only
 * where the comparison's verdict claims it; everything else is told as it is: equivalent, inconclusive, not supported.
 * Plain text, for every report alike; null where there is nothing to tell.
 */
import type { BreakEvenPoint, ComparisonResult, Measurement, Results } from '../analysis/results.ts';
import { amount, bytes, count, percent, range, signed, times } from './html/numbers.ts';
import { withoutReferences } from './html/references.ts';
import type { TimeSeries } from './html/time-series.ts';

type Finding = (results: Results) => string | null;

/** Subjects that a sentence names; the others are in the table. */
const MAX_NAMED = 3;

/** The verdict in a word that fits the metric: more and less for what is used, faster and slower for the rest. */
export function verdictWord({ metric, verdict }: Pick<ComparisonResult, 'metric' | 'verdict'>): string {
  const isUse = metric === 'cpuMsPerRequest' || metric === 'memoryMiB';
  if (verdict === 'faster') return isUse ? 'less' : 'faster';
  if (verdict === 'slower') return isUse ? 'more' : 'slower';
  return verdict;
}

/** What a clause is made of: a comparison of any kind. */
type Told = Pick<ComparisonResult, 'a' | 'b' | 'metric' | 'ratio' | 'verdict' | 'reason' | 'clientLimited'>;

/** `b` against `a` as a clause: the verdict with the ratio and its interval. */
export function comparisonClause(comparison: Told): string {
  const { a, b, ratio, verdict, reason, clientLimited } = comparison;
  if (verdict === 'invalid' || ratio === null) return `${b} against ${a} is not supported by the data (${reason})`;
  const limited = clientLimited ? ', understated because the client was the limit' : '';
  const figures = `${times(ratio.estimate)}, 95% interval ${range(ratio.ci95, times)}${limited}`;
  if (verdict === 'equivalent') return `${b} is equivalent to ${a} (${figures})`;
  if (verdict === 'inconclusive') return `${b} against ${a} is inconclusive (${figures})`;
  return `${b} ${claim(comparison)} ${a} (${figures})`;
}

function claim({ metric, verdict }: Told): string {
  const word = verdictWord({ metric, verdict });
  if (metric === 'cpuMsPerRequest') return `takes ${word} CPU a request than`;
  return metric === 'memoryMiB' ? `takes ${word} memory than` : `is ${word} than`;
}

/** How many of the primary comparisons show what. */
export const primaryFinding: Finding = ({ comparisons, baseline }) => {
  const primary = withoutReferences(
    comparisons.filter((one) => one.primary),
    ({ b }) => b,
  );
  if (primary.length === 0) return null;
  const count = (...verdicts: string[]) => primary.filter(({ verdict }) => verdicts.includes(verdict)).length;
  const shown = count('faster', 'slower');
  return `Of ${primary.length} primary comparisons with ${baseline}, ${shown} show${shown === 1 ? 's' : ''} a difference, ${count('equivalent')} equivalence, ${count('inconclusive')} neither (inconclusive), and ${count('invalid')} cannot be used.`;
};

/** In how many starts the median of one stream was higher in `b` than in `a`, and what that amounts to. */
export function startsFinding(a: Measurement, b: Measurement, comparison: ComparisonResult | undefined): string | null {
  const pairs = b.starts.flatMap((value, i) => {
    const base = a.starts[i] ?? null;
    return value === null || base === null ? [] : value - base;
  });
  if (pairs.length === 0) return null;
  const above = pairs.filter((difference) => difference > 0).length;
  const counted = `${b.subject}'s median was above ${a.subject}'s in ${above} of ${pairs.length} starts`;
  if (comparison?.delta == null || comparison.verdict === 'invalid') {
    const why = comparison?.reason ?? 'too few starts';
    return `${counted}; a difference is not supported by the data (${why}).`;
  }
  const { delta, verdict } = comparison;
  return `${counted}; the difference was ${signed(delta.estimate)} ms on average (95% interval ${range(delta.ci95, signed)} ms): ${verdict}.`;
}

/** The 99th percentile of all requests of one stream, pooled. */
export const percentilesFinding: Finding = ({ percentiles }) => {
  const curves = percentiles.filter(({ condition }) => condition.experiment === 'single-stream');
  const told = withoutReferences(curves, ({ subject }) => subject).flatMap(({ subject, responseMs }) => {
    const at = responseMs.find(([quantile]) => quantile >= 0.99);
    return at === undefined ? [] : `${subject} ${amount(at[1])} ms`;
  });
  if (told.length === 0) return null;
  return `With one connection, 99% of all requests were answered within: ${named(told)} (pooled, to look at rather than to test with).`;
};

/** Response time at the highest share of capacity that was offered. */
export const offeredLoadFinding: Finding = ({ comparisons }) => {
  const asked = comparisons.filter(
    ({ metric, condition }) => metric === 'latencyP99Ms' && condition?.experiment === 'offered-load',
  );
  const top = Math.max(...asked.map(({ condition }) => condition?.share ?? 0));
  const atTop = asked.filter(({ condition }) => (condition?.share ?? 0) === top);
  return sentence(`At ${percent(top)} of the slowest subject's capacity, at p99`, atTop);
};

/** The highest rates within the objective. */
export const maxRateFinding: Finding = ({ maxRates }) => {
  const told = withoutReferences(maxRates, ({ subject }) => subject);
  const [first] = told;
  if (first === undefined) return null;
  const rates = told.map(({ subject, estimate, ci95, note }) => {
    if (estimate === null) return `${subject} at no rate that was tried`;
    const interval = ci95 === null ? 'too few starts for an interval' : `95% interval ${range(ci95)}`;
    return `${subject} up to ${amount(estimate)} requests/s (${note ?? interval})`;
  });
  const { percentile, ms } = first.objective;
  return `p${percentile * 100} stayed at or below ${ms} ms: ${named(rates)}.`;
};

/** Throughput at 8 connections, where it is a primary question. */
export const throughputFinding: Finding = ({ comparisons, measurements }) => {
  const sweep = measurements.filter(({ metric, condition }) => metric === 'rps' && condition?.experiment === 'sweep');
  const limited = sweep.filter(({ clientLimited }) => clientLimited === true).length;
  const asked = comparisons.filter(({ metric, primary }) => metric === 'rps' && primary);
  const end = limited === 0 ? '' : `; the client was the limit in ${limited} of ${sweep.length} points`;
  return sentence('In throughput at 8 connections', asked, end);
};

/** Whether latency, throughput and CPU fit together. */
export const lawsFinding: Finding = ({ laws }) => {
  if (laws.length === 0) return null;
  const held = laws.filter(({ fault }) => fault === null).length;
  const first = laws.find(({ fault }) => fault !== null);
  const why =
    first === undefined
      ? ''
      : `; the first that does not fit is ${first.subject} at ${first.connections} connections, where ${first.fault}`;
  return `Little's law and the utilisation law hold in ${held} of ${laws.length} points${why}.`;
};

/** The cheap route's p99 alone and beside the heavy one. No test: the two are not compared as arms are. */
export const mixedFinding: Finding = ({ measurements }) => {
  const pairs = mixedPairs(measurements);
  const told = pairs.map(({ alone, beside }) => `${alone.subject} ${ms(alone)} and ${ms(beside)}`);
  const condition = pairs[0]?.beside.condition;
  if (condition == null) return null;
  return `The p99 of ${condition.workload} alone, and beside ${condition.beside} under load, was: ${named(told)}.`;
};

/** The measurements of p99 of a subject's cheap route, alone and beside the heavy one. */
export function mixedPairs(measurements: readonly Measurement[]): { alone: Measurement; beside: Measurement }[] {
  const mixed = measurements.filter(
    ({ metric, condition }) => metric === 'latencyP99Ms' && condition?.experiment === 'mixed',
  );
  return mixed.flatMap((beside) => {
    if (beside.condition?.beside === undefined || beside.condition.load.kind === 'closed') return [];
    const { subject, condition } = beside;
    const alone = mixed.find(
      (one) =>
        one.subject === subject && one.condition?.workload === condition.workload && one.condition.beside === undefined,
    );
    return alone === undefined ? [] : { alone, beside };
  });
}

/** The share of the hop where the Worker is quickest and where it is slowest. */
export const breakEvenFinding: Finding = ({ breakEven }) => {
  const told = [...Map.groupBy(breakEven, ({ subject }) => subject)].flatMap(([subject, points]) => {
    const rising = points.toSorted((a, b) => a.workerMs - b.workerMs);
    const [first, last] = [rising[0], rising.at(-1)];
    if (first === undefined || last === undefined) return [];
    return `${subject} ${shareClause(first)}${first === last ? '' : ` and ${shareClause(last)}`}`;
  });
  return told.length === 0 ? null : `The hop's share of a request's time: ${named(told)}.`;
};

function shareClause({ workload, workerMs, hopMs, share }: BreakEvenPoint): string {
  const own = `${workload}, ${amount(workerMs)} ms of its own`;
  const [low, high] = hopMs.ci95;
  return low <= 0 && high >= 0 ? `inconclusive (${own})` : `${percent(share)} (${own})`;
}

/** CPU a request at 8 connections. */
export const cpuFinding: Finding = ({ comparisons }) =>
  sentence(
    'At 8 connections',
    comparisons.filter(({ metric, primary }) => metric === 'cpuMsPerRequest' && primary),
  );

/** Memory above that of the empty Worker. */
export const memoryFinding: Finding = ({ comparisons }) =>
  sentence(
    'After the first answer',
    comparisons.filter(({ metric }) => metric === 'memoryMiB'),
  );

/** Time to the first right answer, above the empty Worker's. */
export const coldStartFinding: Finding = ({ coldStart }) => {
  const told = withoutReferences(coldStart?.comparisons ?? [], ({ b }) => b).flatMap(({ a, b, metric, compared }) => {
    if (metric !== 'startMs') return [];
    if (compared === null) return `${b} against ${a} is not supported by the data`;
    return comparisonClause({ ...compared, a, b, metric: 'latencyP50Ms', reason: null, clientLimited: false });
  });
  if (told.length === 0) return null;
  return `From the start of a process to its first right answer, above the empty Worker's, ${named(told)}.`;
};

/** How the median of one stream of the baseline moved over the run, and how late requests were sent. */
export function timelineFinding({ lines, endS }: TimeSeries, baseline: string): string | null {
  const line =
    lines.find(({ subject, experiment }) => subject === baseline && experiment === 'single-stream') ?? lines[0];
  const medians = (line?.points ?? []).flatMap(({ p50Ms }) => p50Ms ?? []);
  if (line === undefined || medians.length === 0) return null;
  const lags = lines.flatMap(({ points }) => points.flatMap(({ lagP99Ms }) => lagP99Ms ?? []));
  const lag = lags.length === 0 ? '' : `; the generator's lag was at most ${amount(highest(lags))} ms at p99`;
  const moved = `${amount(-highest(medians.map((value) => -value)))} and ${amount(highest(medians))} ms`;
  return `Over ${amount(endS / 60)} minutes the median of ${line.subject} (${line.experiment}, warm-up included) lay between ${moved}${lag}.`;
}

function highest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
}

/** What each deployment is made of. */
export const deploymentsFinding: Finding = ({ deployments }) => {
  const isMeasured = deployments.some(
    ({ workers, dollarsPerMillion }) => workers.length > 0 || dollarsPerMillion !== null,
  );
  if (!isMeasured) return null;
  const told = deployments.map(({ subject, workers, deploySteps }) => {
    const size = workers.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0);
    const packed = workers.length === 0 ? '' : `, ${bytes(size)} compressed`;
    return `${subject} is deployed in ${count(deploySteps, 'step')}${packed}`;
  });
  return told.length === 0 ? null : `${named(told)}.`;
};

function sentence(opening: string, comparisons: readonly ComparisonResult[], end = ''): string | null {
  const told = withoutReferences(comparisons, ({ b }) => b).map(comparisonClause);
  return told.length === 0 ? null : `${opening}, ${named(told)}${end}.`;
}

function named(clauses: readonly string[]): string {
  const rest = clauses.length - MAX_NAMED;
  return rest <= 0 ? clauses.join('; ') : `${clauses.slice(0, MAX_NAMED).join('; ')}; and ${rest} more in the table`;
}

function ms({ estimate, ci95, invalid }: Measurement): string {
  if (estimate === null || invalid !== null) return 'not supported by the data';
  return ci95 === null ? `${amount(estimate)} ms` : `${amount(estimate)} ms (95% interval ${range(ci95)})`;
}
