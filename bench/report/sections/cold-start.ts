/** Cold starts: what each arm takes above an empty Worker, and each against the baseline. */
import type { ColdStartArm, ColdStartComparison, ColdStartSection } from '../../analysis/cold-start.ts';
import type { Results } from '../../analysis/results.ts';
import { mean } from '../../stats/interval.ts';
import { type Chart, type Line, type Section, tableOf } from '../document.ts';
import { fixed, percent, range } from '../format.ts';
import { comparisonSentence } from '../verdict.ts';

/** One row an arm; null when no start was timed. */
export function coldStartSection({ coldStart, environment }: Results): Section | null {
  if (coldStart === null) return null;
  const { arms, comparisons, empty, client } = coldStart;
  const baseline = comparisons[0]?.a ?? '';
  const ratio = (metric: ColdStartComparison['metric']) => (one: ColdStartArm) => {
    if (one.arm === baseline) return '1';
    const { ratio = null } = comparisons.find(({ b, metric: own }) => b === one.arm && own === metric)?.compared ?? {};
    return ratio === null ? '-' : `${fixed(ratio.estimate, 2)} (${range(ratio.ci95)})`;
  };
  const told = comparisons.flatMap(({ a, b, metric, compared }) => {
    if (metric !== 'startMs') return [];
    const { ratio, verdict } = compared ?? { ratio: null, verdict: 'invalid' as const };
    const reason = 'too few starts, or none above the empty Worker';
    return [{ a, b, metric: 'latencyP50Ms' as const, ratio, verdict, reason, clientLimited: false }];
  });
  return {
    id: 'cold-start',
    title: 'Cold start',
    lead: `Process start to first right answer, ${environment.profile.coldStarts} starts an arm in random order, client ${client}; then minus those of ${empty}, an empty Worker, in the same round: time, and CPU of all threads. Ratios to ${baseline}, with 95% intervals.`,
    finding: comparisonSentence("From start to first right answer, above the empty Worker's", told),
    pictures: [coldStartChart(coldStart)],
    reading: `Share of starts that were done after so long, minus the mean of ${empty}; files in the system's cache.`,
    table: tableOf(arms, 1, [
      ['arm', ({ arm }) => arm],
      ['p50 ms', ({ p50Ms }) => fixed(p50Ms, 1)],
      [`above ${empty}`, ({ minusEmpty }) => fixed(minusEmpty?.startMs?.mean ?? null, 1)],
      ['ratio', ratio('startMs')],
      ['CPU ms above', ({ minusEmpty }) => fixed(minusEmpty?.cpuMs?.mean ?? null, 1)],
      ['ratio', ratio('cpuMs')],
    ]),
  };
}

/** The distribution of each arm's starts. */
function coldStartChart({ arms, empty }: ColdStartSection): Chart {
  const subtracted = mean(arms.find(({ arm }) => arm === empty)?.startMs ?? [0]);
  const lines = arms.flatMap(({ arm, startMs }): Line[] => {
    const rising = startMs.map((ms) => ms - subtracted).sort((a, b) => a - b);
    const steps = rising.map((ms, i): [number, number] => [ms, (i + 1) / rising.length]);
    const points = rising.slice(-1).map((x) => ({ x, y: 1 }));
    return arm === empty ? [] : [{ subject: arm, path: [[rising[0] ?? 0, 0], ...steps], shape: 'steps', points }];
  });
  return {
    kind: 'chart',
    x: { label: "ms above an empty Worker's mean" },
    y: { label: 'share of starts', ends: [0, 1], format: percent },
    lines,
  };
}
