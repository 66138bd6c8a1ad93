/** The summary: latency, throughput, CPU and memory of each arm, in absolute figures. */
import type { Measurement, Results } from '../../analysis/results.ts';
import { fixed } from '../format.ts';
import {
  findMeasurement,
  isBusy,
  isSingleStream,
  isSweepOf,
  isWholeStart,
  measuredSubjects,
  type Which,
} from '../lookup.ts';
import type { Section } from '../section.ts';

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

/** What a subject's value under a column says that a reader must know. */
const MARKS = {
  invalid: '!',
  clientLimited: '*',
} as const;

/** One row an arm; null when no load was sent. */
export function summarySection(results: Results): Section | null {
  const subjects = measuredSubjects(results);
  const cells = subjects.map((subject) => COLUMNS.map((column) => findMeasurement(results, { subject, ...column })));
  const used = COLUMNS.map((_, i) => cells.some((row) => row[i] !== null));
  if (!used.includes(true)) return null;
  const shown = <T>(row: readonly T[]) => row.filter((_, i) => used[i]);
  return {
    id: 'summary',
    title: 'Latency, throughput, CPU and memory',
    lead: lead(results),
    header: ['arm', ...shown(COLUMNS).map(({ title }) => title)],
    rows: subjects.map((subject, i) => [
      subject,
      ...shown(COLUMNS.map(({ digits }, j) => cellText(cells[i]?.[j] ?? null, digits))),
    ]),
    words: 1,
    notes: notesOn(cells.flat()),
  };
}

function cellText(measurement: Measurement | null, digits: number): string {
  if (measurement === null) return '-';
  const { estimate, invalid, clientLimited } = measurement;
  const marks = `${invalid === null ? '' : MARKS.invalid}${clientLimited ? MARKS.clientLimited : ''}`;
  return `${fixed(estimate, digits)}${marks}`;
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

function notesOn(cells: readonly (Measurement | null)[]): string[] {
  const marked = (is: (one: Measurement) => boolean) => cells.some((one) => one !== null && is(one));
  const reasons = new Set(cells.flatMap((one) => (one?.invalid == null ? [] : `${one.subject}: ${one.invalid}`)));
  return [
    ...(marked(({ clientLimited }) => clientLimited === true)
      ? [`${MARKS.clientLimited} The client used more CPU than the server here, so differences are understated.`]
      : []),
    ...(reasons.size > 0 ? [`${MARKS.invalid} Invalid: ${[...reasons].join('; ')}.`] : []),
  ];
}
