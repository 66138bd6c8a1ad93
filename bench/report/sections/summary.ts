/** The summary: latency, throughput, CPU and memory of each arm, in absolute figures. */
import type { Results } from '../../analysis/results.ts';
import type { Section } from '../document.ts';
import {
  isBusy,
  isSingleStream,
  isSweepOf,
  isWholeStart,
  type MeasuredColumn,
  measuredTable,
  type Which,
} from '../lookup.ts';

const COLUMNS: readonly MeasuredColumn[] = [
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
  const { table, notes } = measuredTable(results, COLUMNS);
  if (table.head.length === 1) return null;
  return {
    id: 'summary',
    title: 'Latency, throughput, CPU and memory',
    blocks: [{ kind: 'text', text: lead(results) }, table, ...notes],
  };
}

function lead({ measurements }: Results): string {
  const client = (which: Which) => measurements.find(({ condition }) => which(condition))?.condition?.client;
  const [latency, throughput] = [client(isSingleStream), client(isBusy)];
  return [
    ...(latency === undefined ? [] : [`Latency: client ${latency}, one connection, closed loop.`]),
    ...(throughput === undefined ? [] : [`Throughput and CPU a request: client ${throughput}, 1 and 8 connections.`]),
    'Memory: proportional set size after the first answer, above that of an empty Worker (null) where that was measured; all arms are up, and share the pages of one workerd.',
  ].join(' ');
}
