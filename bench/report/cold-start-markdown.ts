/** The cold starts as a Markdown table, for the README: `node bench/report/cold-start-markdown.ts results.json` prints it. */
import { readFileSync } from 'node:fs';
import {
  COLD_START_METRICS,
  type ColdStartArm,
  type ColdStartComparison,
  type ColdStartResults,
} from './cold-start-results.ts';
import { fixed, markdownLine } from './format.ts';

/** One row an arm: what it takes more than an empty Worker, and the ratio to the baseline's. */
export function renderColdStartMarkdown({ environment: env, coldStart }: ColdStartResults): string {
  const { arms, comparisons, empty } = coldStart;
  const baseline = comparisons[0]?.a ?? '';
  const ratio = (arm: string, metric: ColdStartComparison['metric']) =>
    arm === baseline ? '1' : ratioText(comparisons.find((item) => item.b === arm && item.metric === metric));
  const row = ({ arm, minusEmpty }: ColdStartArm) => [
    `\`${arm}\``,
    ...COLD_START_METRICS.flatMap((metric) => [fixed(minusEmpty?.[metric]?.mean ?? null, 1), ratio(arm, metric)]),
  ];
  return [
    `Measured ${env.date.slice(0, 10)} with \`${env.command}\` at commit ${env.commit ?? 'unknown'}, on ${env.cores} cores`,
    `of ${env.cpu}, workerd ${env.packages.workerd}: ${env.profile.starts} starts an arm in random order, from the start of the`,
    `process to its first right answer, minus those of \`${empty}\`. Ratios have their 95% interval.`,
    '',
    markdownLine(['arm', 'ms', `ratio to \`${baseline}\``, 'CPU ms', 'ratio']),
    markdownLine(['---', ...Array(4).fill('--:')]),
    ...arms.filter(({ arm }) => arm !== empty).map((arm) => markdownLine(row(arm))),
  ].join('\n');
}

function ratioText(comparison: ColdStartComparison | undefined): string {
  if (comparison?.compared == null) return '-';
  const { estimate, ci95 } = comparison.compared.ratio;
  return `${estimate.toFixed(1)} (${ci95.map((bound) => bound.toFixed(1)).join(' to ')})`;
}

if (import.meta.main) {
  const results: ColdStartResults = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
  process.stdout.write(`${renderColdStartMarkdown(results)}\n`);
}
