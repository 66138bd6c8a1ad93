/** The summary: latency, throughput, CPU and memory of each arm, in absolute figures. */
import type { Measurement, Results } from '../../analysis/results.ts';
import type { Section } from '../document.ts';
import { fixed } from '../format.ts';
import {
  findMeasurement,
  isBusy,
  isSingleStream,
  isSweepOf,
  isWholeStart,
  marksOf,
  measuredSubjects,
  type Which,
} from '../lookup.ts';

interface Column {
  readonly title: string;
  readonly metric: Measurement['metric'];
  readonly which: Which;
  readonly digits: number;
}

const COLUMNS: readonly Column[] = [
  { title: 'p50 ms', metric: 'latencyP50Ms', which: isSingleStream, digits: 3 },
  { title: 'p90 ms', metric: 'latencyP90Ms', which: isSingleStream, digits: 3 },
  { title: 'p99 ms', metric: 'latencyP99Ms', which: isSingleStream, digits: 3 },
  { title: 'req/s @1', metric: 'rps', which: isSweepOf(1), digits: 0 },
  { title: 'req/s @8', metric: 'rps', which: isBusy, digits: 0 },
  { title: 'CPU ms', metric: 'cpuMsPerRequest', which: isBusy, digits: 3 },
  { title: 'MiB', metric: 'memoryMiB', which: isWholeStart, digits: 1 },
];

/** One row an arm; null when no load was sent. */
export function summarySection(results: Results): Section | null {
  const subjects = measuredSubjects(results);
  const find = (column: Column) => subjects.map((subject) => findMeasurement(results, { subject, ...column }));
  const columns = COLUMNS.map((column) => ({ ...column, cells: find(column) })).filter(({ cells }) =>
    cells.some((cell) => cell !== null),
  );
  if (columns.length === 0) return null;
  return {
    id: 'summary',
    title: 'Latency, throughput, CPU and memory',
    blocks: [
      { kind: 'text', text: lead(results) },
      {
        kind: 'table',
        head: ['arm', ...columns.map(({ title }) => title)],
        rows: subjects.map((subject, i) => [
          subject,
          ...columns.map(({ cells, digits }) => markedText(cells[i] ?? null, digits)),
        ]),
        words: 1,
      },
      ...marksOf(columns.flatMap(({ cells }) => cells)).map((text) => ({ kind: 'note', text }) as const),
    ],
  };
}

/** The value, with a mark for what a note below tells. */
export function markedText(measurement: Measurement | null, digits: number): string {
  if (measurement === null) return '-';
  const { estimate, invalid, clientLimited } = measurement;
  return `${fixed(estimate, digits)}${invalid === null ? '' : '!'}${clientLimited ? '*' : ''}`;
}

function lead(results: Results): string {
  const client = (which: Which) => results.measurements.find(({ condition }) => which(condition))?.condition?.client;
  const [latency, throughput] = [client(isSingleStream), client(isBusy)];
  return [
    ...(latency === undefined ? [] : [`Latency: client ${latency}, one connection, closed loop.`]),
    ...(throughput === undefined ? [] : [`Throughput and CPU a request: client ${throughput}, 1 and 8 connections.`]),
    'Memory: proportional set size after the first answer, above that of an empty Worker (null) where that was measured; all arms are up, and share the pages of one workerd.',
  ].join(' ');
}
