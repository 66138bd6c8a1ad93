/** The measuring windows of a run by subject and condition, each reduced to a summary as it comes, and all other records. */
import type { RunRecord, WindowRecord } from '../run/records.ts';
import { LatencyHistogram } from '../stats/histogram.ts';
import { type Condition, conditionKey } from './metrics.ts';
import type { PercentileCurve } from './results.ts';
import { durationsOf, summaryOf, type WindowSummary } from './window-summary.ts';

/** The windows of one subject under one condition, in the order in which they were measured. */
export interface Series {
  readonly subject: string;
  readonly condition: Condition;
  /** One of each place: a window that the generator spoiled gives way to the one measured again in its place. */
  readonly windows: readonly WindowSummary[];
  /** Those that gave way among them. */
  readonly all: readonly WindowSummary[];
  /** Response and service times of the windows that the generator did not spoil, pooled; of experiments with a curve. */
  readonly pooled: readonly [LatencyHistogram, LatencyHistogram];
}

type RecordOf<K extends RunRecord['kind']> = Extract<RunRecord, { kind: K }>;

/** `series` are in the order in which subjects and conditions first come up. */
export async function collect(records: AsyncIterable<RunRecord> | Iterable<RunRecord>) {
  const growing = new Map<string, Series & { all: WindowSummary[] }>();
  const others: RunRecord[] = [];
  for await (const record of records) {
    if (record.kind !== 'window') others.push(record);
    else if (record.phase === 'measure') add(growing, record);
  }
  const ofKind = <K extends RunRecord['kind']>(kind: K) =>
    others.filter((record): record is RecordOf<K> => record.kind === kind);
  return {
    series: [...growing.values()].map((one): Series => ({ ...one, windows: oneOfEachPlace(one.all) })),
    starts: ofKind('start'),
    coldStarts: ofKind('cold-start'),
    footprints: ofKind('footprint'),
    analytics: ofKind('analytics'),
    notes: ofKind('note'),
    /** Null when the run was cut off. */
    end: ofKind('end').at(-1) ?? null,
  };
}
export type CollectedRun = Awaited<ReturnType<typeof collect>>;

/** Experiments whose whole distribution is worth keeping: one stream, and loads like those of users. */
const CURVED: ReadonlySet<string> = new Set(['single-stream', 'offered-load']);

function add(growing: Map<string, Series & { all: WindowSummary[] }>, record: WindowRecord): void {
  const { subject, experiment, workload, client, load, share, beside } = record;
  const condition = { experiment, workload, client, load, share, beside };
  const key = `${subject} ${conditionKey(condition)}`;
  const pools = () => [new LatencyHistogram(), new LatencyHistogram()] as const;
  const series = growing.get(key) ?? { subject, condition, windows: [], all: [], pooled: pools() };
  growing.set(key, series);
  const durations = durationsOf(record);
  const window = summaryOf(record, durations);
  series.all.push(window);
  if (window.fault !== null || !CURVED.has(experiment)) return;
  for (const us of durations.responseUs) series.pooled[0].add(us);
  for (const us of durations.serviceUs) series.pooled[1].add(us);
}

function oneOfEachPlace(all: readonly WindowSummary[]): WindowSummary[] {
  const places = Map.groupBy(all, ({ start, round }) => `${start}/${round}`);
  return [...places.values()].flatMap((tries) => tries.find(({ fault }) => fault === null) ?? tries.at(-1) ?? []);
}

/**
 * Of every series with a curve and a right answer. Requests that failed are censored: they lie beyond the end of the curve,
 * so that it does not get to 1.
 */
export function percentileCurves(series: readonly Series[]): PercentileCurve[] {
  return series.flatMap(({ subject, condition, pooled }) => {
    const [responseMs, serviceMs] = [pooled[0].curve(), pooled[1].curve()];
    return responseMs.length === 0 ? [] : { subject, condition, responseMs, serviceMs };
  });
}
