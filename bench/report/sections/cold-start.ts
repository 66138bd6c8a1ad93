/** Cold starts: what each arm takes above an empty Worker, and each against the baseline. */
import { COLD_START_METRICS, type ColdStartArm, type ColdStartComparison } from '../../analysis/cold-start.ts';
import type { Results } from '../../analysis/results.ts';
import { fixed, range } from '../format.ts';
import type { Section } from '../section.ts';

/** One row an arm; null when no start was timed. */
export function coldStartSection({ coldStart, environment }: Results): Section | null {
  if (coldStart === null) return null;
  const { arms, comparisons, empty, client } = coldStart;
  const baseline = comparisons[0]?.a ?? '';
  const ratio = (arm: string, metric: ColdStartComparison['metric']) => {
    const compared = comparisons.find((item) => item.b === arm && item.metric === metric)?.compared ?? null;
    if (arm === baseline) return '1';
    return compared === null ? '-' : `${fixed(compared.ratio.estimate, 2)} (${range(compared.ratio.ci95, 2)})`;
  };
  const row = ({ arm, p50Ms, minusEmpty }: ColdStartArm) => [
    arm,
    fixed(p50Ms, 1),
    ...COLD_START_METRICS.flatMap((metric) => {
      const interval = minusEmpty?.[metric] ?? null;
      return [fixed(interval?.mean ?? null, 1), arm === empty ? '-' : ratio(arm, metric)];
    }),
  ];
  return {
    id: 'cold-start',
    title: 'Cold start',
    lead: `Process start to first right answer, ${environment.profile.coldStarts} starts an arm in random order, client ${client}; then minus those of ${empty}, an empty Worker, in the same round: time, and CPU of all threads. Ratios to ${baseline}, with 95% intervals.`,
    header: ['arm', 'p50 ms', `above ${empty}`, 'ratio', 'CPU ms above', 'ratio'],
    rows: arms.map(row),
    words: 1,
    notes: [],
  };
}
