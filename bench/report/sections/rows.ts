/** What a request carries: rows a second of one size as JSON and as binary tensors. */
import type { Metric } from '../../analysis/metrics.ts';
import type { Results } from '../../analysis/results.ts';
import { PAYLOAD_WORKLOADS } from '../../load/workloads.ts';
import { type Section, tableOf } from '../document.ts';
import { amount, times } from '../format.ts';
import { clientOf, findMeasurement, isReference, measuredSubjects, type Which } from '../lookup.ts';
import { named } from '../verdict.ts';

interface Encoded {
  /** Rows a second, and CPU a row in microseconds. */
  readonly rate: number;
  readonly cpuUs: number;
}

/** One row a deployment, model and number of rows that were measured in both encodings. */
export function rowsSection(results: Results): Section | null {
  const rows = measuredSubjects(results).flatMap((subject) => (isReference(subject) ? [] : rowsOf(results, subject)));
  if (rows.length === 0) return null;
  const most = Math.max(...rows.map(({ count }) => count));
  const largest = rows.filter(({ count }) => count === most);
  return {
    id: 'rows',
    title: 'JSON against binary',
    lead: `One connection, closed loop, client ${clientOf(results, 'payloads')}; the CPU is the server's. Every request has a cost of its own, which is all of it where rows are few.`,
    finding: `Binary tensors carried this many times the rows of JSON, at the most rows a request: ${named(largest.map(({ subject, json, binary }) => `${subject} ${times(binary.rate / json.rate)}`))}.`,
    pictures: [],
    table: tableOf(rows, 2, [
      ['arm', ({ subject }) => subject],
      ['model', ({ model }) => model],
      ['rows', ({ count }) => String(count)],
      ['JSON rows/s', ({ json }) => amount(json.rate)],
      ['binary rows/s', ({ binary }) => amount(binary.rate)],
      ['ratio', ({ json, binary }) => amount(binary.rate / json.rate)],
      ['JSON CPU us/row', ({ json }) => amount(json.cpuUs)],
      ['binary CPU us/row', ({ binary }) => amount(binary.cpuUs)],
    ]),
  };
}

function rowsOf(results: Results, subject: string) {
  return Object.entries(PAYLOAD_WORKLOADS).flatMap(([name, { model, rows: count, encoding }]) => {
    const [json, binary] = [name, `${name}-binary`].map((workload) => encoded(results, subject, workload, count));
    return encoding === 'binary' || !json || !binary ? [] : [{ subject, model, count, json, binary }];
  });
}

function encoded(results: Results, subject: string, workload: string, count: number): Encoded | null {
  const which: Which = (condition) => condition?.experiment === 'payloads' && condition.workload === workload;
  const of = (metric: Metric) => findMeasurement(results, { subject, metric, which })?.estimate ?? null;
  const [rps, cpuMs] = [of('rps'), of('cpuMsPerRequest')];
  return rps === null || cpuMs === null ? null : { rate: rps * count, cpuUs: (cpuMs * 1_000) / count };
}
