/** More connections, whether the measures of it fit together, and a cheap route's company. */
import type { Measurement, Results } from '../../analysis/results.ts';
import { notesOf, type Rows, type Section, tableOf } from '../document.ts';
import { amount, fixed, interval, range } from '../format.ts';
import {
  clientOf,
  connectionsOf,
  isSweepOf,
  linesOf,
  type MeasuredColumn,
  measuredTable,
  notesOn,
  withoutReferences,
} from '../lookup.ts';
import { comparisonSentence, named } from '../verdict.ts';

/** Requests a second by connections. */
export function sweepSection(results: Results): Section | null {
  const sweep = results.measurements.filter(
    ({ metric, condition }) => metric === 'rps' && condition?.experiment === 'sweep',
  );
  const all = [...new Set(sweep.flatMap(({ condition }) => connectionsOf(condition) ?? []))].sort((a, b) => a - b);
  if (all.length < 3) return null;
  const limited = sweep.filter(({ clientLimited }) => clientLimited).length;
  const end = limited === 0 ? '' : `; the client was the limit in ${limited} of ${sweep.length} points`;
  const asked = results.comparisons.filter(({ metric, primary }) => metric === 'rps' && primary);
  const columns = all.map((n): MeasuredColumn => ({ title: String(n), metric: 'rps', which: isSweepOf(n), digits: 0 }));
  const { table, notes } = measuredTable(results, columns);
  return {
    id: 'sweep',
    title: 'Throughput against connections',
    blocks: [
      { kind: 'text', text: `Right answers a second of a closed loop, client ${clientOf(results, 'sweep')}.` },
      {
        kind: 'figure',
        finding: comparisonSentence('In throughput at 8 connections', asked, end),
        pictures: [
          {
            kind: 'chart',
            x: { label: 'connections', isLog: true, ticks: all },
            y: { label: 'requests/s' },
            lines: linesOf(withoutReferences(sweep), connectionsOf),
          },
        ],
        note: 'A hollow point is client-limited. Bars are 95% intervals over starts.',
        table,
      },
      ...notes,
    ],
  };
}

/** Whether latency, throughput and CPU of the sweep fit together: one row an arm. */
export function lawsSection({ laws }: Results): Section | null {
  if (laws.length === 0) return null;
  const lead =
    "Little's law: rate x mean latency is the number of connections. Utilisation law: rate x CPU a request is at most the cores there are, and with many connections server or client is busy all the time. Latency and rate come from the client's clock, CPU from the kernel.";
  return {
    id: 'laws',
    title: 'Laws that must hold',
    blocks: [
      { kind: 'text', text: lead },
      tableOf([...Map.groupBy(laws, ({ subject }) => subject)], 1, [
        ['arm', ([subject]) => subject],
        ['hold at', ([, own]) => `${own.filter(({ fault }) => fault === null).length} of ${own.length}`],
        ['rate x latency', ([, own]) => fixed(own.at(-1)?.littleConcurrency ?? null, 2)],
        ['of connections', ([, own]) => String(own.at(-1)?.connections)],
        ['server cores', ([, own]) => fixed(own.at(-1)?.serverCores ?? null, 2)],
        ['client cores', ([, own]) => fixed(own.at(-1)?.clientCores ?? null, 2)],
      ]),
      ...notesOf(
        laws.flatMap(({ subject, connections, fault }) =>
          fault === null ? [] : `${subject} at ${connections}: ${fault}.`,
        ),
      ),
    ],
  };
}

interface Mixed {
  readonly alone: Measurement;
  readonly beside: Measurement;
}

/** A cheap route alone and beside a heavy one. No test: the two are not compared as arms are. */
export function mixedSection({ measurements }: Results): Section | null {
  const pairs = mixedPairs(measurements);
  const condition = pairs[0]?.beside.condition;
  if (condition == null) return null;
  const { workload, beside: heavy, client } = condition;
  const told = pairs.map(({ alone, beside }) => `${alone.subject} ${valueText(alone)} and ${valueText(beside)}`);
  return {
    id: 'mixed',
    title: 'A cheap route beside a heavy one',
    blocks: [
      {
        kind: 'text',
        text: `p99 of ${workload}, which needs no model, alone and while ${heavy} is asked without a pause on one connection; client ${client}.`,
      },
      {
        kind: 'figure',
        finding: `The p99 of ${workload} alone, and beside ${heavy} under load, was: ${named(told)}.`,
        pictures: [mixedRows(pairs)],
        note: 'Circle: the cheap route alone. The other end: beside the heavy one.',
        table: tableOf(pairs, 1, [
          ['arm', ({ alone }) => alone.subject],
          ['alone ms', ({ alone }) => fixed(alone.estimate, 2)],
          ['95% interval', ({ alone }) => range(alone.ci95, 2)],
          ['beside ms', ({ beside }) => fixed(beside.estimate, 2)],
          ['95% interval', ({ beside }) => range(beside.ci95, 2)],
        ]),
      },
      ...notesOf([
        "Here all Workers of one workerd share a thread, and so they do on Cloudflare by default; replicas there are the platform's. What this cannot show is a gateway on other machines than its predictor. Both loads come from one core, so a part of it is the client's.",
      ]),
      ...notesOn(pairs.flatMap(({ alone, beside }) => [alone, beside])),
    ],
  };
}

/** The measurements of p99 of a subject's cheap route, alone and beside the heavy one. */
function mixedPairs(measurements: readonly Measurement[]): Mixed[] {
  const mixed = measurements.filter(
    ({ metric, condition }) =>
      metric === 'latencyP99Ms' && condition?.experiment === 'mixed' && condition.load.kind === 'open',
  );
  return mixed.flatMap((beside) => {
    const { subject, condition } = beside;
    if (condition?.beside === undefined) return [];
    const alone = mixed.find((one) => one.subject === subject && one.condition?.beside === undefined);
    return alone === undefined ? [] : [{ alone, beside }];
  });
}

function valueText({ estimate, ci95, invalid }: Measurement): string {
  if (estimate === null || invalid !== null) return 'not supported by the data';
  return `${amount(estimate)} ms${ci95 === null ? '' : ` (95% interval ${interval(ci95)})`}`;
}

function mixedRows(pairs: readonly Mixed[]): Rows {
  const rows = pairs.flatMap(({ alone, beside }) => {
    const [from, to] = [alone.estimate, beside.estimate];
    if (from === null || to === null || alone.invalid !== null || beside.invalid !== null) return [];
    const text = `${amount(from)} to ${amount(to)} ms`;
    return [{ subject: alone.subject, text, interval: [from, to] as const, values: [from], point: to }];
  });
  return { kind: 'rows', x: { label: 'p99 of the cheap route, ms', isLog: true }, rows };
}
