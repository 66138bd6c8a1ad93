/** The results as a Markdown table, for the README: `node bench/report/markdown.ts results.json` prints it. */
import { readFileSync } from 'node:fs';
import { fixed, markdownLine } from './format.ts';
import type { ArmResult, ComparisonResult, Results } from './results.ts';

/** One row an arm, with the ratio of its median latency and of its throughput to the baseline's. */
export function renderMarkdown({ environment: env, arms, comparisons }: Results): string {
  const baseline = comparisons[0]?.a ?? arms[0]?.arm ?? '';
  const [first] = arms;
  const ratio = (arm: string, metric: ComparisonResult['metric']) =>
    arm === baseline ? '1' : ratioText(comparisons.find((item) => item.b === arm && item.metric === metric));
  const row = (item: ArmResult) => [
    `\`${item.arm}\``,
    fixed(item.latencyMs.p50, 3),
    fixed(item.latencyMs.p99, 3),
    ratio(item.arm, 'latencyP50Ms'),
    `${fixed(item.throughput[1]?.rps ?? null, 0)}${item.throughput[1]?.clientLimited ? '*' : ''}`,
    ratio(item.arm, 'rps8'),
    fixed(item.cpuMsPerRequest, 3),
    fixed(item.memoryMiB, 0),
  ];
  return [
    `Measured ${env.date.slice(0, 10)} with \`${env.command}\` at commit ${env.commit ?? 'unknown'}, on ${env.cores} cores`,
    `of ${env.cpu}, ${env.system}, workerd ${env.packages.workerd}: ${env.profile.starts} starts x ${env.profile.rounds} rounds,`,
    `latency by \`${first?.latencyMs.client}\` with 1 connection, throughput by \`${first?.throughput[1]?.client}\` with 8.`,
    `Ratios are to \`${baseline}\`, with their 95% interval over starts.`,
    '',
    markdownLine([
      'arm',
      'p50 ms',
      'p99 ms',
      'p50 ratio',
      'requests/s',
      'requests/s ratio',
      'CPU ms a request',
      'memory MiB',
    ]),
    markdownLine(['---', ...Array(7).fill('--:')]),
    ...arms.map((item) => markdownLine(row(item))),
    '',
    ...comparisons.filter(({ metric, b }) => metric === 'latencyP50Ms' && b.startsWith('pair-')).map(hopSentence),
  ].join('\n');
}

/** What the second Worker costs a request, in milliseconds: unlike the ratio, it does not depend on the model. */
function hopSentence({ a, b, delta, verdict }: ComparisonResult): string {
  const [low, high] = delta?.ci95 ?? [];
  if (delta === null || low === undefined || high === undefined) return `\`${b}\` against \`${a}\`: ${verdict}.`;
  const interval = `95% interval ${low.toFixed(3)} to ${high.toFixed(3)} ms`;
  return `\`${b}\` takes ${delta.estimate.toFixed(3)} ms more than \`${a}\` at the median (${interval}): ${verdict}.`;
}

function ratioText(comparison: ComparisonResult | undefined): string {
  if (comparison?.ratio == null) return '-';
  const [low, high] = comparison.ratio.ci95;
  return `${comparison.ratio.estimate.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
}

if (import.meta.main) {
  const results: Results = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
  process.stdout.write(`${renderMarkdown(results)}\n`);
}
