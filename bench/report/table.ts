/** The results as text of at most 100 columns. */
import { columns, fixed } from './format.ts';
import type { ArmResult, ComparisonResult, Results } from './results.ts';

/** What the numbers are, the arms, each arm against the baseline, and what the marks mean. */
export function renderTable(results: Results): string {
  const { environment: env, arms } = results;
  const latencyClient = arms[0]?.latencyMs.client;
  const throughputClient = arms[0]?.throughput[0]?.client;
  return [
    '',
    `${env.profile.name}: ${env.profile.starts} starts x ${env.profile.rounds} rounds, seed ${env.seed}, ${env.date}`,
    `${env.cores} x ${env.cpu}, ${env.system}, workerd ${env.packages.workerd}`,
    '',
    `Latency: ${latencyClient}, 1 connection, closed loop. Throughput: ${throughputClient}, 1 and 8 connections.`,
    '',
    ...columns([ARM_HEADER, ...arms.map(armRow)]),
    '',
    ...comparisonLines(results.comparisons),
    ...notes(results),
    '',
  ].join('\n');
}

const ARM_HEADER = ['arm', 'p50 ms', 'p90 ms', 'p99 ms', 'rps @1', 'rps @8', 'CPU ms/req', 'memory MiB'];

function armRow({ arm, latencyMs, throughput, cpuMsPerRequest, memoryMiB }: ArmResult): string[] {
  const latencies = [latencyMs.p50, latencyMs.p90, latencyMs.p99].map((value) => fixed(value, 3));
  const rates = throughput.map(({ rps, clientLimited }) => fixed(rps, 0) + (clientLimited ? '*' : ''));
  return [short(arm), ...latencies, ...rates, fixed(cpuMsPerRequest, 3), fixed(memoryMiB, 1)];
}

function comparisonLines(comparisons: readonly ComparisonResult[]): string[] {
  const [first] = comparisons;
  if (first === undefined) return [];
  const header = [`against ${short(first.a)}`, 'metric', 'ratio', '95% interval', 'delta', 'verdict'];
  return [...columns([header, ...comparisons.map(comparisonRow)]), ''];
}

function comparisonRow(comparison: ComparisonResult): string[] {
  const { b, metric, ratio, delta } = comparison;
  if (ratio === null || delta === null) return [short(b), metric, '-', '-', '-', comparison.verdict];
  const interval = ratio.ci95.map((bound) => fixed(bound, 2)).join(' .. ');
  return [
    short(b),
    metric,
    fixed(ratio.estimate, 2),
    interval,
    `${signed(delta.estimate)} ${delta.unit}`,
    verdictText(comparison),
  ];
}

function verdictText({ verdict, reason, minimumDetectableRatio }: ComparisonResult): string {
  if (verdict === 'inconclusive') return `${verdict}, detects x${fixed(minimumDetectableRatio, 2)}`;
  return reason === undefined ? verdict : `${verdict} (1)`;
}

function notes({ arms, comparisons }: Results): string[] {
  const lines: string[] = [];
  if (arms.some(({ throughput }) => throughput.some(({ clientLimited }) => clientLimited))) {
    lines.push('* The client used more CPU than the server here, so differences between arms are understated.');
  }
  const reasons = new Set(comparisons.flatMap(({ reason }) => reason ?? []));
  for (const reason of reasons) lines.push(`(1) ${reason}`);
  if (comparisons.some(({ unit }) => unit === 'round')) {
    lines.push('Intervals with a deployed target are over rounds: a deployment has no starts of its own.');
  }
  if (comparisons.some(({ unit }) => unit === 'start')) {
    lines.push('One machine, loopback, no network, one thread per workerd: trust the ratios before the values.');
  }
  return lines;
}

const NAME_COLUMNS = 16;

/** A name that leaves room for the figures. */
function short(name: string): string {
  return name.length > NAME_COLUMNS ? `${name.slice(0, NAME_COLUMNS - 1)}~` : name;
}

function signed(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : 3;
  return `${value < 0 ? '' : '+'}${value.toFixed(digits)}`;
}
