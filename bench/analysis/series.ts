/**
 * The measuring windows of a run by subject and condition, each reduced to a summary as it comes. A window that the
 * generator spoiled gives way to the one that was measured again in its place. All other records are kept as they are.
 */
import type { RunRecord, WindowRecord } from '../run/records.ts';
import { LatencyHistogram } from '../stats/histogram.ts';
import { type Condition, conditionKey, conditionOf } from './metrics.ts';
import type { PercentileCurve } from './results.ts';
import { type Durations, durationsOf, isWithin, summarise, type WindowSummary } from './window-summary.ts';

/** A probe of a search for the highest rate. */
export interface Probe {
  readonly ratePerS: number;
  readonly confirms: boolean;
  readonly within: boolean;
}

export interface SeriesWindow extends WindowSummary {
  readonly requestBytes: number | null;
  /** Null for windows of other experiments. */
  readonly probe: Probe | null;
}

/** The windows of one subject under one condition, in the order in which they were measured. */
export interface Series {
  readonly subject: string;
  readonly condition: Condition;
  readonly windows: readonly SeriesWindow[];
  /** Of the windows that the generator did not spoil, pooled; requests that failed never end. */
  readonly response: LatencyHistogram;
  readonly service: LatencyHistogram;
}

/** What was sent to a subject in all measuring windows; of a search for overload, the wrong answers alone. */
export interface Counts {
  readonly requests: number;
  readonly failures: number;
  readonly wrong: number;
  /** Windows that were measured again. */
  readonly repeated: number;
}

const NONE: Counts = { requests: 0, failures: 0, wrong: 0, repeated: 0 };

/** A series that still grows, its windows by their place. */
interface OpenSeries extends Omit<Series, 'windows'> {
  readonly places: Map<string, SeriesWindow>;
}

export class SeriesCollector {
  readonly #series = new Map<string, OpenSeries>();
  readonly #counts = new Map<string, Counts>();

  /** Windows of the warm-up are left out. */
  add(record: WindowRecord): void {
    if (record.phase === 'warm-up') return;
    const durations = durationsOf(record);
    const window = {
      ...summarise(record, durations),
      requestBytes: record.requestBytes ?? null,
      probe: probeOf(record),
    };
    const series = this.#find(record);
    const place = `${record.start}/${record.round}`;
    const earlier = series.places.get(place);
    this.#count(record.subject, window, earlier !== undefined);
    if (earlier !== undefined && earlier.fault === null) return;
    series.places.set(place, window);
    if (window.fault === null && window.probe === null) pool(series, durations);
  }

  series(): Series[] {
    return [...this.#series.values()].map(({ places, ...series }) => ({ ...series, windows: [...places.values()] }));
  }

  counts(subject: string): Counts {
    return this.#counts.get(subject) ?? NONE;
  }

  #find(record: WindowRecord): OpenSeries {
    const condition = conditionOf(record);
    const key = JSON.stringify([record.subject, conditionKey(condition)]);
    const found = this.#series.get(key);
    if (found !== undefined) return found;
    const pools = { response: new LatencyHistogram(), service: new LatencyHistogram() };
    const series = { subject: record.subject, condition, places: new Map(), ...pools };
    this.#series.set(key, series);
    return series;
  }

  #count(subject: string, window: SeriesWindow, again: boolean): void {
    const { requests, failures, wrong, repeated } = this.counts(subject);
    const overload = window.probe !== null;
    this.#counts.set(subject, {
      requests: requests + (overload ? window.wrong : window.requests),
      failures: failures + (overload ? window.wrong : window.failures),
      wrong: wrong + window.wrong,
      repeated: repeated + (again ? 1 : 0),
    });
  }
}

function probeOf(record: WindowRecord): Probe | null {
  const { experiment, load, step } = record;
  if (experiment !== 'max-rate' || load.kind === 'closed') return null;
  return { ratePerS: load.ratePerS, confirms: step === 'confirm', within: isWithin(record) };
}

function pool({ response, service }: OpenSeries, { responseUs, serviceUs }: Durations): void {
  for (const us of responseUs) response.add(us);
  for (const us of serviceUs) service.add(us);
}

type Kind = RunRecord['kind'];
type RecordOf<K extends Kind> = Extract<RunRecord, { kind: K }>;

export interface CollectedRun {
  /** In the order in which subjects and conditions first come up. */
  readonly series: readonly Series[];
  readonly counts: (subject: string) => Counts;
  readonly starts: readonly RecordOf<'start'>[];
  readonly coldStarts: readonly RecordOf<'cold-start'>[];
  readonly footprints: readonly RecordOf<'footprint'>[];
  readonly analytics: readonly RecordOf<'analytics'>[];
  readonly notes: readonly RecordOf<'note'>[];
  /** Null when the run was cut off. */
  readonly end: RecordOf<'end'> | null;
}

export async function collect(records: AsyncIterable<RunRecord> | Iterable<RunRecord>): Promise<CollectedRun> {
  const windows = new SeriesCollector();
  const others: RunRecord[] = [];
  for await (const record of records) {
    if (record.kind === 'window') windows.add(record);
    else others.push(record);
  }
  return {
    series: windows.series(),
    counts: (subject) => windows.counts(subject),
    starts: ofKind(others, 'start'),
    coldStarts: ofKind(others, 'cold-start'),
    footprints: ofKind(others, 'footprint'),
    analytics: ofKind(others, 'analytics'),
    notes: ofKind(others, 'note'),
    end: ofKind(others, 'end').at(-1) ?? null,
  };
}

function ofKind<K extends Kind>(records: readonly RunRecord[], kind: K): RecordOf<K>[] {
  return records.filter((record): record is RecordOf<K> => record.kind === kind);
}

/** Experiments whose whole distribution is worth keeping: one stream, and loads like those of users. */
const CURVED: ReadonlySet<string> = new Set(['single-stream', 'offered-load']);

/**
 * Of every series of these experiments that has a right answer. Requests that failed are censored: they lie beyond the end of the curve, so that it does not get to 1.
 */
export function percentileCurves(series: readonly Series[]): PercentileCurve[] {
  return series.flatMap(({ subject, condition, response, service }) => {
    if (!CURVED.has(condition.experiment)) return [];
    const [responseMs, serviceMs] = [response.curve(), service.curve()];
    return responseMs.length === 0 ? [] : { subject, condition, responseMs, serviceMs };
  });
}
