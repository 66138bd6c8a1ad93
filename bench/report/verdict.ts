/**
 * Verdicts in words. A difference is claimed only where the comparison's verdict claims it; everything else is told as it
 * is: equivalent, inconclusive, not supported by the data.
 */
import type { ComparisonResult } from '../analysis/results.ts';
import { interval, times } from './format.ts';
import { withoutReferences } from './lookup.ts';

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
export type Told = Pick<ComparisonResult, 'a' | 'b' | 'metric' | 'ratio' | 'verdict' | 'reason' | 'clientLimited'>;

/** `b` against `a` as a clause: the verdict with the ratio and its interval. */
export function comparisonClause(comparison: Told): string {
  const { a, b, metric, ratio, verdict, reason, clientLimited } = comparison;
  if (verdict === 'invalid' || ratio === null) return `${b} against ${a} is not supported by the data (${reason})`;
  const limited = clientLimited ? ', understated because the client was the limit' : '';
  const figures = `${times(ratio.estimate)}, 95% interval ${interval(ratio.ci95, times)}${limited}`;
  if (verdict === 'equivalent') return `${b} is equivalent to ${a} (${figures})`;
  if (verdict === 'inconclusive') return `${b} against ${a} is inconclusive (${figures})`;
  const word = verdictWord(comparison);
  if (metric === 'cpuMsPerRequest') return `${b} takes ${word} CPU a request than ${a} (${figures})`;
  return `${b} ${metric === 'memoryMiB' ? `takes ${word} memory` : `is ${word}`} than ${a} (${figures})`;
}

/** A sentence on comparisons of one metric. */
export function comparisonSentence(opening: string, comparisons: readonly Told[]): string {
  if (comparisons.length === 0) return 'Nothing is compared here: that takes the baseline and another subject.';
  return `${opening}, ${named(withoutReferences(comparisons).map(comparisonClause))}.`;
}

/** The first few clauses, and how many more there are. */
export function named(clauses: readonly string[]): string {
  const rest = clauses.length - MAX_NAMED;
  return rest <= 0 ? clauses.join('; ') : `${clauses.slice(0, MAX_NAMED).join('; ')}; and ${rest} more in the table`;
}
