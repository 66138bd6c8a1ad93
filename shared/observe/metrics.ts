/**
 * Counts of this process since its start, in Prometheus' text format. Every label is a word of ours, or of a card.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
import type { InputDrift, RequestRecord } from './request-record.ts';

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

type Labels = Readonly<Record<string, string>>;

/** Upper bounds of the durations' buckets, in seconds. */
const BUCKETS_S = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2, 10];

/** Most series of a family; what comes after is counted without labels. */
const MAX_SERIES = 10_000;

const SCOPE = 'Of this process alone: isolates of one Worker each count for themselves, and do not add up.';

export interface Metrics {
  count(record: RequestRecord, drift: readonly InputDrift[]): void;
  /** `state` becomes the labels of a gauge. */
  text(state: Labels): string;
}

export function createMetrics(): Metrics {
  const requests = createCounter('tandem_requests_total', `Requests answered. ${SCOPE}`);
  const durations = createHistogram('tandem_inference_duration_seconds', 'Time to the head of an answered inference.');
  const rows = createCounter('tandem_inference_rows_total', 'Rows of answered inferences.');
  const outside = createCounter('tandem_feature_out_of_range_total', "Values outside the range of the model's card.");
  const missing = createCounter('tandem_feature_missing_total', 'Values that are missing (NaN).');
  return {
    count: (record, drift) => {
      const { route, outcome, model = '', version = '' } = record;
      requests.add({ route, model, version, outcome, status: String(record.status) });
      if (outcome !== 'ok' || record.rows === undefined) return;
      durations.add({ model, version }, record.ms / 1_000);
      rows.add({ model, version }, record.rows);
      for (const { input, feature, ...counts } of drift) {
        outside.add({ model, version, input, feature }, counts.outOfRange);
        missing.add({ model, version, input, feature }, counts.missing);
      }
    },
    text: (state) => {
      const families = [requests, durations, rows, outside, missing].map((family) => family.text());
      if (Object.keys(state).length === 0) return families.join('');
      return `${families.join('')}${head('tandem_predictor_state', 'gauge', 'How the predictor stands now.')}tandem_predictor_state{${textOf(state)}} 1\n`;
    },
  };
}

function createCounter(name: string, help: string) {
  const series = new Map<string, number>();
  return {
    add: (labels: Labels, by = 1) => {
      const key = keyIn(series, labels);
      series.set(key, (series.get(key) ?? 0) + by);
    },
    text: () =>
      head(name, 'counter', help) + [...series].map(([labels, value]) => `${name}{${labels}} ${value}\n`).join(''),
  };
}

interface Distribution {
  readonly buckets: number[];
  count: number;
  sum: number;
}

function createHistogram(name: string, help: string) {
  const series = new Map<string, Distribution>();
  return {
    add: (labels: Labels, value: number) => {
      const key = keyIn(series, labels);
      const own = series.get(key) ?? { buckets: BUCKETS_S.map(() => 0), count: 0, sum: 0 };
      const bucket = BUCKETS_S.findIndex((bound) => value <= bound);
      if (bucket >= 0) own.buckets[bucket] = (own.buckets[bucket] ?? 0) + 1;
      own.count++;
      own.sum += value;
      series.set(key, own);
    },
    text: () =>
      head(name, 'histogram', help) + [...series].map(([labels, own]) => distributionText(name, labels, own)).join(''),
  };
}

/** Buckets hold all that is at most their bound. */
function distributionText(name: string, labels: string, { buckets, count, sum }: Distribution): string {
  const before = labels === '' ? '' : `${labels},`;
  let total = 0;
  const lines = BUCKETS_S.map((bound, i) => {
    total += buckets[i] ?? 0;
    return `${name}_bucket{${before}le="${bound}"} ${total}\n`;
  });
  return `${lines.join('')}${name}_bucket{${before}le="+Inf"} ${count}\n${name}_sum{${labels}} ${sum}\n${name}_count{${labels}} ${count}\n`;
}

function head(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function keyIn(series: ReadonlyMap<string, unknown>, labels: Labels): string {
  const key = textOf(labels);
  return series.size < MAX_SERIES || series.has(key) ? key : '';
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

function textOf(labels: Labels): string {
  const escaped = (value: string) => value.replaceAll(/[\\"\n]/g, (character) => ESCAPES[character] ?? character);
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');
}
