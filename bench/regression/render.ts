/** The comparison of two runs as text of at most 100 columns. */
import type { Metric } from '../analysis/metrics.ts';
import { columns, range, wrap } from '../report/format.ts';
import type { RunComparison, RunLabel, RunLine, RunVerdict } from './compare-runs.ts';
import { type MachineChange, NOTABLE_CHANGE } from './machine.ts';

const WIDTH = 100;
const NAME_COLUMNS = 24;

/** Names of the primary metrics, for people; @ is followed by the number of connections. */
const NAMES: Partial<Record<Metric, string>> = {
  latencyP50Ms: 'median latency @1',
  rps: 'requests/s @8',
  cpuMsPerRequest: 'CPU a request @8',
  memoryMiB: 'memory',
};

export function renderRunComparison(comparison: RunComparison): string {
  const { notComparable } = comparison;
  const body = notComparable.length > 0 ? notComparable.flatMap((text) => item(text)) : comparedLines(comparison);
  return [
    '',
    `older: ${label(comparison.older)}`,
    `newer: ${label(comparison.newer)}`,
    '',
    ...body,
    '',
    ...paragraph(conclusion(comparison)),
    '',
  ].join('\n');
}

function comparedLines({ lines, machine, notes }: RunComparison): string[] {
  const header = ['subject', 'figure', 'new / old', '95% interval', 'raw', 'control', 'verdict'];
  const reasons = lines.flatMap(({ subject, metric, reason }) =>
    reason === null ? [] : item(`${subject}, ${NAMES[metric] ?? metric}: ${reason}`),
  );
  return [
    ...columns([header, ...lines.map(row)], 2),
    ...(reasons.length === 0 ? [] : ['', ...reasons]),
    '',
    ...howCompared(lines).flatMap(paragraph),
    ...machine.filter(({ slower }) => Math.abs(slower) > NOTABLE_CHANGE).flatMap(machineLine),
    ...notes.flatMap(paragraph),
  ];
}

function row({ subject, metric, ratio, raw, control, verdict }: RunLine): string[] {
  return [
    short(subject),
    NAMES[metric] ?? metric,
    ratio === null ? '-' : `x${ratio.estimate.toFixed(3)}`,
    range(ratio?.ci95 ?? null, 2),
    raw === null ? '-' : `x${raw.estimate.toFixed(2)}`,
    control ?? '-',
    verdict === 'regression' ? 'REGRESSION' : verdict,
  ];
}

/** Which rule was used, and why. */
function howCompared(lines: readonly RunLine[]): string[] {
  const controls = [...new Set(lines.flatMap(({ control }) => control ?? []))];
  const without = lines.some(({ control, metric }) => control === null && metric !== 'memoryMiB');
  const used = controls.map(
    (name) =>
      `Figures with the control ${name} are relative to ${name} in the same start (difference in differences): what the ` +
      'machine did to both is out of them. raw is the change with it.',
  );
  const unused =
    'Figures without a control are raw: a change of the machine between the runs is in them and cannot be told apart.';
  return [
    ...used,
    ...(without ? [unused] : []),
    "@1, @8: connections. Intervals are Welch's over starts; verdicts are after Holm's correction, and a change of 5% or less, or of 0.05 ms in " +
      'latency, is none.',
  ];
}

function machineLine({ control, metric, slower, ratio }: MachineChange): string[] {
  const by = `${Math.abs(slower * 100).toFixed(0)}% (${slower > 0 ? 'slower' : 'faster'})`;
  return paragraph(
    `The machine changed by ${by}: ${control}, ${NAMES[metric] ?? metric}, x${ratio.estimate.toFixed(2)} (${range(ratio.ci95, 2)}).`,
  );
}

function conclusion({ exitCode, notComparable, lines }: RunComparison): string {
  if (notComparable.length > 0) return 'NOT COMPARABLE';
  const counts = (verdict: RunVerdict) => lines.filter((line) => line.verdict === verdict).length;
  const verdicts: readonly RunVerdict[] = ['regression', 'improvement', 'no change', 'inconclusive', 'invalid'];
  const tally = verdicts
    .filter((verdict) => counts(verdict) > 0)
    .map((verdict) => `${counts(verdict)} ${verdict}`)
    .join(', ');
  const head = { 0: 'NO REGRESSION', 1: 'REGRESSION', 3: 'INVALID' }[exitCode];
  return `${head}: ${tally || 'nothing to compare'}`;
}

function label({ date, commit }: RunLabel): string {
  return `${date}, commit ${commit ?? 'unknown'}`;
}

function short(name: string): string {
  return name.length > NAME_COLUMNS ? `${name.slice(0, NAME_COLUMNS - 1)}~` : name;
}

function item(text: string): string[] {
  return wrap(text, WIDTH - 2).map((line, i) => `${i === 0 ? '-' : ' '} ${line}`);
}

function paragraph(text: string): string[] {
  return wrap(text, WIDTH);
}
