/** The results of the cold-start experiment as text of at most 100 columns. */
import { meanInterval } from '../stats/interval.ts';
import {
  COLD_START_METRICS,
  type ColdStartArm,
  type ColdStartComparison,
  type ColdStartResults,
} from './cold-start-results.ts';
import { renderEcdf } from './ecdf.ts';
import { columns, fixed } from './format.ts';

/** What the numbers are, the arms, each against the baseline, and the distribution of the starts. */
export function renderColdStart({ environment: env, coldStart }: ColdStartResults): string {
  const { arms, comparisons, empty, client } = coldStart;
  const subtracted = arms.filter(({ arm }) => arm !== empty);
  return [
    '',
    `cold start: ${env.profile.starts} starts an arm, seed ${env.seed}, ${env.date}`,
    `${env.cores} x ${env.cpu}, ${env.system}, workerd ${env.packages.workerd}`,
    '',
    `Process start to first right answer (client ${client}), and the CPU of workerd until then, minus those`,
    `of ${empty}, an empty Worker, in the same round: mean and 95% interval over rounds.`,
    '',
    ...columns([
      ['arm', 'p50 ms', 'minus empty', '95% interval', 'CPU minus empty', '95% interval'],
      ...arms.map(armRow),
    ]),
    '',
    ...comparisonLines(comparisons),
    `Share of starts that were done after so many milliseconds, minus the mean of ${empty}:`,
    '',
    ...renderEcdf(subtracted.map(({ arm, startMs }) => ({ name: arm, sample: minusMean(startMs, arms, empty) }))),
    '',
    'One machine, loopback, files in the system cache: trust the ratios before the values.',
    '',
  ].join('\n');
}

function minusMean(startMs: readonly number[], arms: readonly ColdStartArm[], empty: string): number[] {
  const mean = meanInterval(arms.find(({ arm }) => arm === empty)?.startMs ?? [], 0.95)?.mean ?? 0;
  return startMs.map((value) => value - mean);
}

function armRow({ arm, p50Ms, minusEmpty }: ColdStartArm): string[] {
  const cells = COLD_START_METRICS.flatMap((metric) => {
    const interval = minusEmpty?.[metric] ?? null;
    return interval === null ? ['-', '-'] : [fixed(interval.mean, 1), range(interval.low, interval.high, 1)];
  });
  return [arm, fixed(p50Ms, 1), ...cells];
}

function comparisonLines(comparisons: readonly ColdStartComparison[]): string[] {
  const [first] = comparisons;
  if (first === undefined) return [];
  const rows = comparisons.map(({ b, metric, compared }) =>
    compared === null
      ? [b, metric, '-', '-', '-', 'invalid']
      : [
          b,
          metric,
          fixed(compared.ratio.estimate, 2),
          range(...compared.ratio.ci95, 2),
          `${fixed(compared.delta.estimate, 1)} ms`,
          compared.verdict,
        ],
  );
  return [...columns([[`against ${first.a}`, 'metric', 'ratio', '95% interval', 'delta', 'verdict'], ...rows]), ''];
}

function range(low: number, high: number, digits: number): string {
  return `${fixed(low, digits)} .. ${fixed(high, digits)}`;
}
