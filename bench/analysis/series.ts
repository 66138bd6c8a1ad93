/** The measuring windows of a run by subject and condition, each reduced to a summary as it comes, and all other records. */
import type { RunRecord, WindowRecord } from '../run/records.ts';
import { LatencyHistogram } from '../stats/histogram.ts';
import { conditionKey } from './metrics.ts';
import { durationsOf, summaryOf, type WindowSummary, withBusyCpu } from './window-summary.ts';

/** Read once, in order. */
export type Records = AsyncIterable<RunRecord> | Iterable<RunRecord>;
export type CollectedRun = Awaited<ReturnType<typeof collect>>;
export type Series = CollectedRun['series'][number];

/** `series` are in the order in which subjects and conditions first come up, their windows in that of the run. */
export async function collect(records: Records) {
  const growing = new Map<string, ReturnType<typeof newSeries>>();
  const others: RunRecord[] = [];
  for await (const record of records) {
    if (record.kind !== 'window') others.push(record);
    if (record.kind !== 'window' || record.phase !== 'measure') continue;
    const key = `${record.subject} ${conditionKey(record)}`;
    const series = growing.get(key) ?? newSeries(record);
    growing.set(key, series);
    series.add(record);
  }
  const ofKind = <K extends RunRecord['kind']>(kind: K) =>
    others.filter((record): record is Extract<RunRecord, { kind: K }> => record.kind === kind);
  const starts = ofKind('start');
  const idle = new Map(starts.map(({ subject, start, idleCpuRate }) => [`${subject} ${start}`, idleCpuRate ?? 0]));
  return {
    series: [...growing.values()].map(({ subject, condition, summaries, pooled }) => {
      const all = summaries.map((window) => withBusyCpu(window, idle.get(`${subject} ${window.start}`) ?? 0));
      /** One of each place: a window that the generator spoiled gives way to the one measured again in its place. */
      return { subject, condition, pooled, all, windows: oneOfEachPlace(all) };
    }),
    starts,
    coldStarts: ofKind('cold-start'),
    footprints: ofKind('footprint'),
    analytics: ofKind('analytics'),
    faults: ofKind('fault'),
    notes: ofKind('note'),
    /** Null when the run was cut off. */
    end: ofKind('end').at(-1) ?? null,
  };
}

/** Experiments whose whole distribution is worth keeping: one stream, and loads like those of users. */
const CURVED: ReadonlySet<string> = new Set(['single-stream', 'offered-load']);

function newSeries({ subject, experiment, workload, client, load, share, beside, cell }: WindowRecord) {
  const summaries: ReturnType<typeof summaryOf>[] = [];
  /** Times of the windows that the generator did not spoil, of experiments with a curve. */
  const pooled = { responseUs: new LatencyHistogram(), serviceUs: new LatencyHistogram() };
  const add = (record: WindowRecord) => {
    const durations = durationsOf(record);
    const window = summaryOf(record, durations);
    summaries.push(window);
    if (window.fault !== null || !CURVED.has(experiment)) return;
    for (const us of durations.responseUs) pooled.responseUs.add(us);
    for (const us of durations.serviceUs) pooled.serviceUs.add(us);
  };
  return { subject, condition: { experiment, workload, client, load, share, beside, cell }, summaries, pooled, add };
}

function oneOfEachPlace(all: readonly WindowSummary[]): WindowSummary[] {
  const places = Map.groupBy(all, ({ start, round }) => `${start}/${round}`);
  return [...places.values()].flatMap((tries) => tries.find(({ fault }) => fault === null) ?? tries.at(-1) ?? []);
}

/** Quantiles (0 to 1) and ms, to look at, not to test with. Failed requests are censored: the curve ends before 1. */
export function percentileCurves(series: readonly Series[]) {
  return series.flatMap(({ subject, condition, pooled }) => {
    const [responseMs, serviceMs] = [pooled.responseUs.curve(), pooled.serviceUs.curve()];
    return responseMs.length === 0 ? [] : { subject, condition, responseMs, serviceMs };
  });
}
