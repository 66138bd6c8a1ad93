/**
 * The situation that advice is for: the user's load, objective and habits. The table describes each field once, for the
 * command line, for the form of the report, and for what would flip the answer.
 */

/** Option of the command line; label, as in the middle of a sentence; unit; greatest value; default; what stands in for null. */
type Row = readonly [string, string, string, number, number | null, string?];

/** In the order of the form. */
const TABLE = {
  ratePerS: ['rate', 'mean rate', 'requests/s', 1e6, 10],
  peakPerS: ['peak', 'highest rate', 'requests/s', 1e6, null, 'as the mean'],
  modelMs: ['model-ms', 'CPU of the model', 'ms a request', 30_000, null, 'as measured'],
  sloMs: ['slo-ms', 'objective at p99 (no network)', 'ms', 60_000, 50, 'none'],
  cheapShare: ['cheap-share', 'requests without a model', '%', 100, 0],
  edgeReleases: ['releases', 'releases of the edge code alone', 'a week', 1000, 5],
  modelReleases: ['model-releases', 'releases of the model', 'a week', 1000, 1],
  idleStarts: ['idle-starts', 'starts of an isolate for want of requests', 'a week', 10_000, 7],
  isolates: ['isolates', 'isolates that a release starts anew', '', 100_000, 20],
  teams: ['teams', 'teams that release on their own', '', 100, 1],
  gateways: ['gateways', 'Workers that use this model', '', 500, 1],
  modelMb: ['model-mb', "memory of the model's isolate", 'MB', 10_000, null, 'as measured'],
  hopMs: ['hop-ms', 'time that the second Worker adds', 'ms', 10_000, null, 'as measured'],
  serverDollars: [
    'server-dollars',
    'price of a server with the model, behind the gateway',
    '$ an hour',
    1000,
    null,
    'none',
  ],
  serverRate: ['server-rate', 'requests/s that such a server takes', '', 1e6, null, 'none'],
} as const satisfies Readonly<Record<string, Row>>;

export type FieldName = keyof typeof TABLE;

/** By field. Null, which stands for the fallback, only where there is one. */
export type Situation = {
  readonly [Name in FieldName]: (typeof TABLE)[Name] extends { readonly length: 6 } ? number | null : number;
};

export type Field = (typeof FIELDS)[number];

export const FIELDS = Object.entries<Row>(TABLE).map(([name, [option, label, unit, max, initial, fallback = '']]) => {
  /** Without a unit it is a count of what the label names: whole numbers from 1 on. Others are numbers from 0 on. */
  const isCount = unit === '';
  const title = isCount ? label : `${label}, ${unit}`;
  return { name: name as FieldName, option, label, unit, title, isCount, min: isCount ? 1 : 0, max, initial, fallback };
});

/** A small service of one team. */
export const DEFAULT_SITUATION = Object.fromEntries(FIELDS.map(({ name, initial }) => [name, initial])) as Situation;

/** A field's value from text, null for an empty one that has a fallback; or what was expected, where `error` is not empty. */
export function readField({ isCount, min, max, fallback }: Field, text: string) {
  const isEmpty = text.trim() === '';
  const value = isEmpty ? null : Number(text);
  const isRight = value === null ? fallback !== '' : value >= min && value <= max && (!isCount || value % 1 === 0);
  const kind = isCount ? 'a whole number' : 'a number';
  return { value, error: isRight ? '' : `expected ${kind} from ${min} to ${max}, got ${JSON.stringify(text)}` };
}
