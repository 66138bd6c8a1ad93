/**
 * Counts of this process since its start, in Prometheus' text format. Every label is a word of ours, or of a card. Labels
 * become text when somebody reads them, and not with every request.
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

/** What predictors count themselves, by the name in their state. */
const PREDICTOR_COUNTS = {
  retries: 'Calls made a second time of the same predictor.',
  fallbacks: 'Calls that the second predictor answered.',
  canary_fallbacks: 'Calls of the predictor on trial that the other one answered.',
  shadow_same: 'Copies that a shadow answered alike.',
  shadow_different: 'Copies that a shadow answered otherwise.',
  shadow_failed: 'Copies that a shadow did not answer.',
  shadow_skipped: 'Copies that were not sent: too many were under way, or the shadow was down.',
};

export interface Metrics {
  count(record: RequestRecord, drift: readonly InputDrift[]): void;
  /** `state` becomes the labels of a gauge; `counts` are the predictor's own, by name. */
  text(state: Labels, counts?: Readonly<Record<string, number>>): string;
}

export function createMetrics(): Metrics {
  const requests = createFamily(() => ({ value: 0 }));
  const durations = createFamily(() => ({ buckets: BUCKETS_S.map(() => 0), count: 0, sum: 0 }));
  const rows = createFamily(() => ({ value: 0 }));
  const cached = createFamily(() => ({ value: 0 }));
  const inputs = createFamily(() => new Map<string, { outOfRange: number; missing: number }>());
  const featureText = (name: string, member: 'outOfRange' | 'missing') =>
    inputs.map((labels, features) =>
      [...features].map(([feature, counts]) => sample(name, { ...labels, feature }, counts[member])).join(''),
    );
  return {
    count: (record, drift) => {
      const { route, outcome, status, model = '', version = '' } = record;
      requests.of({ route, model, version, outcome, status: String(status) }).value++;
      const { cache } = record;
      if (cache !== undefined) cached.of({ model, version, cache }).value++;
      if (outcome !== 'ok' || record.rows === undefined) return;
      addDuration(durations.of({ model, version }), record.ms / 1_000);
      rows.of({ model, version }).value += record.rows;
      for (const { input, features } of drift) {
        const own = inputs.of({ model, version, input });
        for (const { feature, outOfRange, missing } of features) {
          const counts = own.get(feature) ?? { outOfRange: 0, missing: 0 };
          counts.outOfRange += outOfRange;
          counts.missing += missing;
          own.set(feature, counts);
        }
      }
    },
    text: (state, counts = {}) =>
      [
        head('tandem_requests_total', 'counter', `Requests answered. ${SCOPE}`),
        ...requests.map((labels, { value }) => sample('tandem_requests_total', labels, value)),
        head(DURATION, 'histogram', 'Time to the head of an answered inference.'),
        ...durations.map(durationText),
        head('tandem_inference_rows_total', 'counter', 'Rows of answered inferences.'),
        ...rows.map((labels, { value }) => sample('tandem_inference_rows_total', labels, value)),
        head('tandem_cache_requests_total', 'counter', 'Inferences of models that are cached, by what the cache did.'),
        ...cached.map((labels, { value }) => sample('tandem_cache_requests_total', labels, value)),
        head('tandem_feature_out_of_range_total', 'counter', "Values outside the range of the model's card."),
        ...featureText('tandem_feature_out_of_range_total', 'outOfRange'),
        head('tandem_feature_missing_total', 'counter', 'Values that are missing (NaN).'),
        ...featureText('tandem_feature_missing_total', 'missing'),
        head('tandem_predictor_state', 'gauge', 'How the predictor stands now, where it tells.'),
        ...(Object.keys(state).length === 0 ? [] : [sample('tandem_predictor_state', state, 1)]),
        ...Object.entries(PREDICTOR_COUNTS).flatMap(([name, help]) => {
          const total = `tandem_predictor_${name}_total`;
          return counts[name] === undefined ? [] : [head(total, 'counter', help), sample(total, {}, counts[name])];
        }),
      ].join(''),
  };
}

/** What is counted by labels; `start` makes what a new series begins with. */
function createFamily<T>(start: () => T) {
  const series = new Map<string, { readonly labels: Labels; readonly counted: T }>();
  const add = (key: string, labels: Labels): T => {
    if (series.size >= MAX_SERIES && key !== '') return series.get('')?.counted ?? add('', {});
    const counted = start();
    series.set(key, { labels, counted });
    return counted;
  };
  return {
    of: (labels: Labels): T => {
      const key = Object.values(labels).join('\0');
      return series.get(key)?.counted ?? add(key, labels);
    },
    map: (write: (labels: Labels, counted: T) => string) =>
      [...series.values()].map(({ labels, counted }) => write(labels, counted)),
  };
}

interface Durations {
  readonly buckets: number[];
  count: number;
  sum: number;
}

const DURATION = 'tandem_inference_duration_seconds';

function addDuration(durations: Durations, seconds: number): void {
  const bucket = BUCKETS_S.findIndex((bound) => seconds <= bound);
  if (bucket >= 0) durations.buckets[bucket] = (durations.buckets[bucket] ?? 0) + 1;
  durations.count++;
  durations.sum += seconds;
}

/** In the text a bucket holds all that is at most its bound. */
function durationText(labels: Labels, { buckets, count, sum }: Durations): string {
  let total = 0;
  const lines = BUCKETS_S.map((bound, i) => {
    total += buckets[i] ?? 0;
    return sample(`${DURATION}_bucket`, { ...labels, le: String(bound) }, total);
  });
  const last = sample(`${DURATION}_bucket`, { ...labels, le: '+Inf' }, count);
  return `${lines.join('')}${last}${sample(`${DURATION}_sum`, labels, sum)}${sample(`${DURATION}_count`, labels, count)}`;
}

function head(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

function sample(name: string, labels: Labels, value: number): string {
  const escaped = (text: string) => text.replaceAll(/[\\"\n]/g, (character) => ESCAPES[character] ?? character);
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}{${pairs.join(',')}} ${value}\n`;
}
