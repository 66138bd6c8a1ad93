/**
 * The primary questions, declared before anything is measured, and the correction for asking several: Holm, "A Simple
 * Sequentially Rejective Multiple Test Procedure", 1979. They are about what could be deployed in place of the baseline:
 * the empty Worker and the floor are yardsticks whose difference nobody doubts, and would only make the family larger.
 * Percentiles of the tail, other loads and payloads, cold starts and highest rates are exploratory, without correction.
 */
import { EMPTY } from '../load/workloads.ts';
import { holm } from '../stats/compare.ts';
import { studentTQuantile } from '../stats/distributions.ts';
import { mean } from '../stats/interval.ts';
import { isPair } from './deployments.ts';
import { isSweep8 } from './metrics.ts';
import type { ComparisonResult, Measurement } from './results.ts';

/** The share of runs without any difference in which one may be claimed. */
const ALPHA = 0.05;

/** Arms that others are held against. They are compared too, but no primary question is about them. */
export const REFERENCES: ReadonlySet<string> = new Set([EMPTY, 'floor']);

/** Latency of one stream, throughput and CPU at 8 connections, memory. */
export function isPrimary({ metric, condition }: Pick<Measurement, 'metric' | 'condition'>): boolean {
  if (condition === null) return metric === 'memoryMiB';
  if (condition.experiment === 'single-stream') return metric === 'latencyP50Ms';
  return isSweep8(condition) && (metric === 'rps' || metric === 'cpuMsPerRequest');
}

/**
 * Corrects the primary comparisons for their number: a difference that does not outlast that is inconclusive. Those that
 * are invalid claim nothing and are not counted. Equivalence is no claim of a difference, so it stays: it is a test of its
 * own at 5% each, without correction.
 */
export function correct(comparisons: readonly ComparisonResult[]): ComparisonResult[] {
  const tested = comparisons.filter((one) => one.primary && one.verdict !== 'invalid' && one.pValue !== null);
  const adjusted = holm(tested.map(({ pValue }) => pValue ?? 1));
  return comparisons.map((comparison) => {
    const adjustedPValue = adjusted[tested.indexOf(comparison)] ?? null;
    const isKept = adjustedPValue === null || adjustedPValue < ALPHA || comparison.verdict === 'equivalent';
    return { ...comparison, adjustedPValue, verdict: isKept ? comparison.verdict : 'inconclusive' };
  });
}

/**
 * Standard deviation over starts of ln b / a, of pair-rpc against combined on a machine with nothing else to do: from the
 * widths of the intervals in bench/reference/standard.json. A start of `quick` has fewer rounds of latency than those, so
 * that the same machine reads some 1.2 there.
 */
export const QUIET_DEVIATION = { latencyP50Ms: 0.033, rps: 0.167 } as const;

/**
 * The half-width of the ratio's interval, on logarithms, as a multiple of what a quiet machine gives with as many starts:
 * of the baseline against the pair, or the first that it is compared to where there is none. The root of the mean square over median
 * latency and throughput, as five starts alone tell a deviation to within a factor of two. Null where neither was compared.
 */
export function noiseOf(comparisons: readonly ComparisonResult[]): number | null {
  const primary = comparisons.filter((one) => one.primary && one.unit === 'start');
  const b = (primary.find((one) => isPair(one.b)) ?? primary[0])?.b;
  const squares = primary.flatMap(({ b: name, metric, ratio, units }) => {
    if (name !== b || ratio === null || (metric !== 'latencyP50Ms' && metric !== 'rps')) return [];
    const half = Math.log(ratio.ci95[1] / ratio.ci95[0]) / 2;
    const quiet = (studentTQuantile(0.975, units - 1) * QUIET_DEVIATION[metric]) / Math.sqrt(units);
    return (half / quiet) ** 2;
  });
  return squares.length === 0 ? null : Math.sqrt(mean(squares));
}
