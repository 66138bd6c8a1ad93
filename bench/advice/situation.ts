/**
 * The situation that advice is for: the user's load, objective and habits. Each field is described here once, for the
 * command line and for the form of the report.
 */

/** A field that is null is taken from the run, or from another field: its `fallback` says which. */
export interface Situation {
  /** Mean rate in requests per second. */
  readonly ratePerS: number;
  /** Highest rate in requests per second. */
  readonly peakPerS: number | null;
  /** CPU of the model alone for a request, in milliseconds. */
  readonly modelMs: number | null;
  /** What 99% of requests have to stay within, in milliseconds, without the network to the user. */
  readonly sloMs: number | null;
  /** Percent of requests that need no model. */
  readonly cheapShare: number;
  /** Releases a week that change the edge code alone, and those that change the model. */
  readonly edgeReleases: number;
  readonly modelReleases: number;
  /** How often a week an isolate starts because it had been without requests for long. */
  readonly idleStarts: number;
  /** Isolates that a release starts anew. */
  readonly isolates: number;
  /** Teams that release on their own. */
  readonly teams: number;
  /** Workers that use the same model. */
  readonly gateways: number;
  /** JavaScript heap and WebAssembly memory of the isolate with the model, in MB. */
  readonly modelMb: number | null;
}

export type FieldName = keyof Situation;

export interface Field {
  readonly name: FieldName;
  /** Option of the command line. */
  readonly option: `--${string}`;
  readonly label: string;
  /** Empty for a count of what the label names: whole numbers from 1 on. Others are numbers from 0 on. */
  readonly unit: string;
  readonly max: number;
  /** What helps to fill it in. */
  readonly hint?: string;
  /** What stands in for a field that is left empty; the others have to be there. */
  readonly fallback?: string;
}

/** In the order of the form. */
export const FIELDS: readonly Field[] = [
  { name: 'ratePerS', option: '--rate', label: 'Mean rate', unit: 'requests/s', max: 1e6 },
  { name: 'peakPerS', option: '--peak', label: 'Highest rate', unit: 'requests/s', max: 1e6, fallback: 'as the mean' },
  {
    name: 'modelMs',
    option: '--model-ms',
    label: 'CPU of the model',
    unit: 'ms a request',
    max: 30_000,
    fallback: 'as measured',
  },
  {
    name: 'sloMs',
    option: '--slo-ms',
    label: 'Objective at p99, network left out',
    unit: 'ms',
    max: 60_000,
    fallback: 'none',
  },
  { name: 'cheapShare', option: '--cheap-share', label: 'Requests without a model', unit: '%', max: 100 },
  { name: 'edgeReleases', option: '--releases', label: 'Releases of the edge code alone', unit: 'a week', max: 1000 },
  { name: 'modelReleases', option: '--model-releases', label: 'Releases of the model', unit: 'a week', max: 1000 },
  {
    name: 'idleStarts',
    option: '--idle-starts',
    label: 'Starts of an isolate for want of requests',
    unit: 'a week',
    max: 10_000,
    hint: 'a guess',
  },
  {
    name: 'isolates',
    option: '--isolates',
    label: 'Isolates that a release starts anew',
    unit: '',
    max: 100_000,
    hint: 'a guess: some in each place with users',
  },
  { name: 'teams', option: '--teams', label: 'Teams that release on their own', unit: '', max: 100 },
  { name: 'gateways', option: '--gateways', label: 'Workers that use this model', unit: '', max: 500 },
  {
    name: 'modelMb',
    option: '--model-mb',
    label: "Memory of the model's isolate",
    unit: 'MB',
    max: 10_000,
    fallback: 'as measured',
  },
];

/** A small service of one team. */
export const DEFAULT_SITUATION: Situation = {
  ratePerS: 10,
  peakPerS: null,
  modelMs: null,
  sloMs: 50,
  cheapShare: 0,
  edgeReleases: 5,
  modelReleases: 1,
  idleStarts: 7,
  isolates: 20,
  teams: 1,
  gateways: 1,
  modelMb: null,
};

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
