/**
 * The situation that advice is for: the user's load, objective and habits. The table describes each field once, for the
 * command line, for the form of the report, and for what would flip the answer.
 */

export interface Field {
  /** Option of the command line, without its dashes. */
  readonly option: string;
  /** In the middle of a sentence. */
  readonly label: string;
  /** Empty for a count of what the label names: whole numbers from 1 on. Others are numbers from 0 on. */
  readonly unit: string;
  readonly max: number;
  /** In the default situation, a small service of one team; null, which stands for the fallback, where there is none. */
  readonly initial?: number;
  /** What stands in for a field that is left empty; the others have to be there. */
  readonly fallback?: string;
  /** What helps to fill it in. */
  readonly hint?: string;
}

/** In the order of the form. The rates are the user's own; releases, starts and isolates are of all isolates together. */
const TABLE = [
  { name: 'ratePerS', option: 'rate', label: 'mean rate', unit: 'requests/s', max: 1e6, initial: 10 },
  { name: 'peakPerS', option: 'peak', label: 'highest rate', unit: 'requests/s', max: 1e6, fallback: 'as the mean' },
  {
    name: 'modelMs',
    option: 'model-ms',
    label: 'CPU of the model',
    unit: 'ms a request',
    max: 30_000,
    fallback: 'as measured',
  },
  {
    name: 'sloMs',
    option: 'slo-ms',
    label: 'objective at p99',
    unit: 'ms',
    max: 60_000,
    initial: 50,
    fallback: 'none',
    hint: 'network left out',
  },
  { name: 'cheapShare', option: 'cheap-share', label: 'requests without a model', unit: '%', max: 100, initial: 0 },
  {
    name: 'edgeReleases',
    option: 'releases',
    label: 'releases of the edge code alone',
    unit: 'a week',
    max: 1000,
    initial: 5,
  },
  {
    name: 'modelReleases',
    option: 'model-releases',
    label: 'releases of the model',
    unit: 'a week',
    max: 1000,
    initial: 1,
  },
  {
    name: 'idleStarts',
    option: 'idle-starts',
    label: 'starts of an isolate for want of requests',
    unit: 'a week',
    max: 10_000,
    initial: 7,
    hint: 'a guess',
  },
  {
    name: 'isolates',
    option: 'isolates',
    label: 'isolates that a release starts anew',
    unit: '',
    max: 100_000,
    initial: 20,
    hint: 'a guess: some in each place with users',
  },
  { name: 'teams', option: 'teams', label: 'teams that release on their own', unit: '', max: 100, initial: 1 },
  { name: 'gateways', option: 'gateways', label: 'Workers that use this model', unit: '', max: 500, initial: 1 },
  {
    name: 'modelMb',
    option: 'model-mb',
    label: "memory of the model's isolate",
    unit: 'MB',
    max: 10_000,
    fallback: 'as measured',
  },
] as const satisfies readonly (Field & { readonly name: string })[];

type Row = (typeof TABLE)[number];
export type FieldName = Row['name'];
export type NamedField = Field & { readonly name: FieldName };
export const FIELDS: readonly NamedField[] = TABLE;

/** Null only where the field has a fallback. */
export type Situation = {
  readonly [One in Row as One['name']]: One extends { readonly fallback: string } ? number | null : number;
};

export const DEFAULT_SITUATION = Object.fromEntries(
  FIELDS.map(({ name, initial }) => [name, initial ?? null]),
) as Situation;

export function isCount({ unit }: Field): boolean {
  return unit === '';
}

/** The least value of a field. */
export function minOf(field: Field): number {
  return isCount(field) ? 1 : 0;
}

/** A field's value from text: what people type, or why it is not one. Empty is null where the field has a fallback. */
export function readField(field: Field, text: string): { readonly value: number | null } | { readonly error: string } {
  if (text.trim() === '' && field.fallback !== undefined) return { value: null };
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
