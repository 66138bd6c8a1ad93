/** Requests from light to heavy: what the hop is of their time, and rows a second as JSON and as binary tensors. */
import type { Metric } from '../../analysis/metrics.ts';
import type { BreakEvenPoint, Results } from '../../analysis/results.ts';
import { PAYLOAD_WORKLOADS } from '../../load/workloads.ts';
import { type Chart, type Section, tableOf } from '../document.ts';
import { amount, fixed, percent, range, signed, times } from '../format.ts';
import { clientOf, findMeasurement, isReference, measuredSubjects, type Which } from '../lookup.ts';
import { named } from '../verdict.ts';

/** One row a pair and workload, the lightest first. */
export function breakEvenSection(results: Results): Section | null {
  const { breakEven, baseline } = results;
  if (breakEven.length === 0) return null;
  const told = [...bySubject(breakEven)].map(([subject, points]) => {
    const ends = points.filter((_, i) => i === 0 || i === points.length - 1);
    return `${subject} ${ends.map(shareClause).join(' and ')}`;
  });
  return {
    id: 'break-even',
    title: 'The hop against the work',
    lead: `One connection, closed loop, client ${clientOf(results, 'payloads')}. The Worker's own time is the median of ${baseline} less that of an empty Worker; the hop is what a pair takes more, and its share that of both together.`,
    finding: `The hop's share of a request's time: ${named(told)}.`,
    pictures: [breakEvenChart(breakEven)],
    reading: 'Bars are what the share is at the ends of the 95% interval of the hop.',
    table: tableOf([...bySubject(breakEven).values()].flat(), 2, [
      ['arm', ({ subject }) => subject],
      ['workload', ({ workload }) => workload],
      ['request', ({ requestBytes }) => (requestBytes === null ? '-' : `${Math.round(requestBytes)} B`)],
      ['Worker ms', ({ workerMs }) => fixed(workerMs, 3)],
      ['hop ms', ({ hopMs }) => signed(hopMs.estimate)],
      ['95% interval', ({ hopMs }) => range(hopMs.ci95)],
      ['share', ({ share }) => percent(share)],
    ]),
  };
}

/** Each pair's points by rising time of the Worker. */
function bySubject(points: readonly BreakEvenPoint[]): Map<string, BreakEvenPoint[]> {
  const rising = points.toSorted((a, b) => a.subject.localeCompare(b.subject) || a.workerMs - b.workerMs);
  return Map.groupBy(rising, ({ subject }) => subject);
}

function shareClause({ workload, workerMs, hopMs, share }: BreakEvenPoint): string {
  const own = `${workload}, ${amount(workerMs)} ms of its own`;
  const [low, high] = hopMs.ci95;
  return low <= 0 && high >= 0 ? `inconclusive (${own})` : `${percent(share)} (${own})`;
}

/** The share of the hop against the time of the Worker itself. */
export function breakEvenChart(points: readonly BreakEvenPoint[]): Chart {
  const names = new Map(points.map(({ workload, workerMs }) => [workload, { x: workerMs, text: workload }]));
  return {
    kind: 'chart',
    x: { label: "the Worker's own time, ms", isLog: true },
    y: { label: "hop's share of a request's time", format: percent },
    lines: [...bySubject(points)].map(([subject, own]) => ({
      subject,
      path: own.map(({ workerMs, share }) => [workerMs, share] as const),
      points: own.map((point) => ({ x: point.workerMs, y: point.share, ends: shareEnds(point) })),
    })),
    names: [...names.values()],
  };
}

/** The interval of the share; a hop below zero is kept from where the share has no bound. */
function shareEnds({ workerMs, hopMs }: BreakEvenPoint): readonly [number, number] {
  const [low, high] = hopMs.ci95;
  const shareAt = (hop: number) => hop / (workerMs + hop);
  return [shareAt(Math.max(low, -0.4 * workerMs)), shareAt(Math.max(high, -0.4 * workerMs))];
}

/** One row a deployment, model and number of rows that were measured in both encodings. */
export function rowsSection(results: Results): Section | null {
  const rows = measuredSubjects(results).flatMap((subject) => (isReference(subject) ? [] : rowsOf(results, subject)));
  if (rows.length === 0) return null;
  const most = Math.max(...rows.map(({ count }) => count));
  const told = rows.flatMap(({ subject, count, ratio }) => (count === most ? `${subject} ${times(ratio)}` : []));
  return {
    id: 'rows',
    title: 'JSON against binary',
    lead: `One connection, closed loop, client ${clientOf(results, 'payloads')}; the CPU is the server's. Every request has a cost of its own, which is all of it where rows are few.`,
    finding: `Binary tensors carried this many times the rows of JSON, at the most rows a request: ${named(told)}.`,
    pictures: [],
    table: tableOf(rows, 2, [
      ['arm', ({ subject }) => subject],
      ['model', ({ model }) => model],
      ['rows', ({ count }) => String(count)],
      ['JSON rows/s', ({ json }) => amount(json.rate)],
      ['binary rows/s', ({ binary }) => amount(binary.rate)],
      ['ratio', ({ ratio }) => amount(ratio)],
      ['JSON CPU us/row', ({ json }) => amount(json.cpuUs)],
      ['binary CPU us/row', ({ binary }) => amount(binary.cpuUs)],
    ]),
  };
}

function rowsOf(results: Results, subject: string) {
  return Object.entries(PAYLOAD_WORKLOADS).flatMap(([name, { model, rows: count, encoding }]) => {
    const [json, binary] = [name, `${name}-binary`].map((workload) => encoded(results, subject, workload, count));
    if (encoding === 'binary' || !json || !binary) return [];
    return [{ subject, model, count, json, binary, ratio: binary.rate / json.rate }];
  });
}

/** Rows a second, and CPU a row in microseconds. */
function encoded(results: Results, subject: string, workload: string, count: number) {
  const which: Which = (condition) => condition?.experiment === 'payloads' && condition.workload === workload;
  const of = (metric: Metric) => findMeasurement(results, { subject, metric, which })?.estimate ?? null;
  const [rps, cpuMs] = [of('rps'), of('cpuMsPerRequest')];
  return rps === null || cpuMs === null ? null : { rate: rps * count, cpuUs: (cpuMs * 1_000) / count };
}
