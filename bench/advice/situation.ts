/**
 * The situation that advice is for: the user's load, objective and habits. The table describes each field once, for the
 * command line, for the form of the report, and for what would flip the answer.
 */

type Row = readonly [
  option: string,
  label: string,
  unit: string,
  max: number,
  initial: number | null,
  hint?: string,
  fallback?: string,
];

/** In the order of the form; what the columns mean stands at `Field`. */
const TABLE = {
  ratePerS: ['rate', 'mean rate', 'requests/s', 1e6, 10],
  peakPerS: ['peak', 'highest rate', 'requests/s', 1e6, null, '', 'as the mean'],
  modelMs: ['model-ms', 'CPU of the model', 'ms a request', 30_000, null, '', 'as measured'],
  sloMs: ['slo-ms', 'objective at p99', 'ms', 60_000, 50, 'network left out', 'none'],
  cheapShare: ['cheap-share', 'requests without a model', '%', 100, 0],
  edgeReleases: ['releases', 'releases of the edge code alone', 'a week', 1000, 5],
  modelReleases: ['model-releases', 'releases of the model', 'a week', 1000, 1],
  idleStarts: ['idle-starts', 'starts of an isolate for want of requests', 'a week', 10_000, 7, 'a guess'],
  isolates: [
    'isolates',
    'isolates that a release starts anew',
    '',
    100_000,
    20,
    'a guess: some in each place with users',
  ],
  teams: ['teams', 'teams that release on their own', '', 100, 1],
  gateways: ['gateways', 'Workers that use this model', '', 500, 1],
  modelMb: ['model-mb', "memory of the model's isolate", 'MB', 10_000, null, '', 'as measured'],
} as const satisfies Readonly<Record<string, Row>>;

export type FieldName = keyof typeof TABLE;

/** By field. Null, which stands for the fallback, only where there is one. */
export type Situation = {
  readonly [Name in FieldName]: (typeof TABLE)[Name] extends { readonly length: 7 } ? number | null : number;
};

export type Field = (typeof FIELDS)[number];

export const FIELDS = Object.entries<Row>(TABLE).map(
  ([name, [option, label, unit, max, initial, hint = '', fallback = '']]) => ({
    name: name as FieldName,
    /** Of the command line, without its dashes. */
    option,
    /** In the middle of a sentence. */
    label,
    /** Empty for a count of what the label names: whole numbers from 1 on. Others are numbers from 0 on. */
    unit,
    max,
    initial,
    /** What helps to fill it in. */
    hint,
    /** What stands in for a field that is left empty; those without one have to be there. */
    fallback,
  }),
);

/** A small service of one team. */
export const DEFAULT_SITUATION = Object.fromEntries(FIELDS.map(({ name, initial }) => [name, initial])) as Situation;

export function isCount({ unit }: Field): boolean {
  return unit === '';
}

/** The least value of a field. */
export function minOf(field: Field): number {
  return isCount(field) ? 1 : 0;
}

/** A field's value from text: what people type, or why it is not one. Empty is null where the field has a fallback. */
export function readField(field: Field, text: string): { readonly value: number | null } | { readonly error: string } {
  if (text.trim() === '' && field.fallback !== '') return { value: null };
  const [value, min] = [Number(text), minOf(field)];
  const isIn = /^\s*(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) && value >= min && value <= field.max;
  if (isIn && (!isCount(field) || Number.isInteger(value))) return { value };
  const kind = isCount(field) ? 'a whole number' : 'a number';
  return { error: `expected ${kind} from ${min} to ${field.max}, got ${JSON.stringify(text)}` };
}

/** The situation with one field at another value. */
export function withField(situation: Situation, name: FieldName, value: number | null): Situation {
  return { ...situation, [name]: value };
}
