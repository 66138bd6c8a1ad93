/**
 * The measuring windows of a run by subject and condition, each reduced to a summary as it comes. A window that the
 * generator spoiled gives way to the one that was measured again in its place.
 */
import type { WindowRecord } from '../run/records.ts';
import { LatencyHistogram } from '../stats/histogram.ts';
import { conditionKey, conditionOf } from './condition.ts';
import { isWithin } from './max-rate.ts';
import type { Condition } from './results.ts';
import { type Durations, durationsOf, summarise, type WindowSummary } from './window-summary.ts';

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
