/**
 * The primary questions, declared before anything is measured, and the correction for asking several: Holm, "A Simple
 * Sequentially Rejective Multiple Test Procedure", 1979. They are about what could be deployed in place of the baseline:
 * the empty Worker and the floor are yardsticks whose difference nobody doubts, and would only make the family larger.
 * Percentiles of the tail, other loads and payloads, cold starts and highest rates are exploratory, without correction.
 */

import { EMPTY } from '../load/workloads.ts';
import { holm } from '../stats/holm.ts';
import { isSweep8 } from './condition.ts';
import type { Question } from './question.ts';
import type { ComparisonResult } from './results.ts';

/** The share of runs without any difference in which one may be claimed. */
const ALPHA = 0.05;

/** Arms that others are held against. They are compared too, but no primary question is about them. */
export const REFERENCES: ReadonlySet<string> = new Set([EMPTY, 'floor']);

/** Whether a primary question is asked of these two by the metric under the condition: of deployments alone. */
export function isPrimaryOf(question: Pick<Question, 'metric' | 'condition'>, subjects: readonly string[]): boolean {
  return isPrimary(question) && subjects.every((name) => !REFERENCES.has(name));
}

/** Latency of one stream, throughput and CPU at 8 connections, memory. */
export function isPrimary({ metric, condition }: Pick<Question, 'metric' | 'condition'>): boolean {
  if (condition === null) return metric === 'memoryMiB';
  if (condition.experiment === 'single-stream') return metric === 'latencyP50Ms';
  return isSweep8(condition) && (metric === 'rps' || metric === 'cpuMsPerRequest');
}

/**
 * Corrects the primary comparisons for their number: a difference that does not outlast that is inconclusive. Those that
 * are invalid claim nothing and are not counted.
 */
export function correct(comparisons: readonly ComparisonResult[]): ComparisonResult[] {
  const tested = comparisons.flatMap(({ primary, verdict, pValue }, i) =>
    primary && verdict !== 'invalid' && pValue !== null ? [{ i, pValue }] : [],
  );
  const adjusted = holm(tested.map(({ pValue }) => pValue));
  const byPlace = new Map(tested.map(({ i }, rank) => [i, adjusted[rank] ?? null]));
  return comparisons.map((comparison, i) => {
    const adjustedPValue = byPlace.get(i) ?? null;
    return adjustedPValue === null
      ? comparison
      : { ...comparison, adjustedPValue, verdict: verdictAfter(comparison, adjustedPValue) };
  });
}

/** Equivalence is no claim of a difference, so it stays: it is a test of its own at 5% each, without correction. */
function verdictAfter({ verdict }: ComparisonResult, adjustedPValue: number): ComparisonResult['verdict'] {
  return verdict === 'equivalent' || adjustedPValue < ALPHA ? verdict : 'inconclusive';
}
