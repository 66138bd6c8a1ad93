/**
 * Cloudflare's GraphQL API, asked for the analytics of Workers: one request, with everything that may go wrong as text in
 * which no secret stands, and which fields there are to ask for. The schema is asked first, because it differs by account
 * and grows: memory came years after CPU time, and one unknown field makes the API refuse the whole query.
 */
import * as v from 'valibot';
import { fail, ok, type Result } from '../../shared/result.ts';

export interface GraphqlApi {
  readonly endpoint: string | URL;
  readonly token: string;
  /** Longest time for an answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Whatever must not be told, besides the token. */
  readonly secrets: readonly string[];
}

const MAX_TEXT = 200;

const HINTS: Readonly<Record<number, string>> = {
  401: '; is CLOUDFLARE_API_TOKEN right?',
  403: '; does CLOUDFLARE_API_TOKEN have the permission Account Analytics: Read?',
};

/** GraphQL's own form, with errors as https://developers.cloudflare.com/analytics/graphql-api/errors/ has them. */
const Envelope = v.object({
  data: v.optional(v.unknown()),
  errors: v.nullish(v.array(v.object({ message: v.string() }))),
});

export interface Question<T> {
  readonly query: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly answer: v.GenericSchema<unknown, T>;
}

/** The answer, or in one line why there is none. Never rejects. */
export async function ask<T>(api: GraphqlApi, { query, variables, answer }: Question<T>): Promise<Result<T, string>> {
  try {
    const response = await fetch(api.endpoint, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
      redirect: 'error',
      signal: AbortSignal.timeout(api.timeoutMs),
    });
    const text = await response.text();
    const envelope = v.safeParse(Envelope, parseJson(text));
    const message = envelope.success ? envelope.output.errors?.map((error) => error.message).join('; ') : undefined;
    if (!response.ok) return refuse(api, `HTTP ${response.status}: ${message || text}${HINTS[response.status] ?? ''}`);
    if (!envelope.success) return refuse(api, `an answer that is no GraphQL: ${text}`);
    if (message) return refuse(api, `refused: ${message}`);
    const data = v.safeParse(answer, envelope.output.data);
    return data.success ? ok(data.output) : refuse(api, `an answer of another form: ${v.summarize(data.issues)}`);
  } catch (cause) {
    return refuse(api, reasonOf(cause, api.timeoutMs));
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reasonOf(cause: unknown, timeoutMs: number): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.name === 'TimeoutError') return `no answer in ${timeoutMs / 1000} s`;
  return cause.cause instanceof Error ? `${cause.message}: ${cause.cause.message}` : cause.message;
}

/** The reason as one short line. Secrets go first: cut in two, one could not be recognised any more. */
function refuse({ token, secrets }: GraphqlApi, reason: string): Result<never, string> {
  const told = [token, ...secrets].reduce((text, secret) => text.replaceAll(secret, '***'), reason);
  const line = told.replaceAll(/\s+/g, ' ').trim();
  return fail(line.length > MAX_TEXT ? `${line.slice(0, MAX_TEXT)}...` : line);
}

/**
 * Fields of the dataset `workersInvocationsAdaptive` that a record is made of, by the object that holds them. CPU times are in
 * microseconds. The four that the documentation's own example has are those of requests, errors and quantiles
 * (https://developers.cloudflare.com/analytics/graphql-api/tutorials/querying-workers-metrics/).
 */
export const WANTED = {
  sum: ['requests', 'errors', 'cpuTimeUs'],
  quantiles: ['cpuTimeP50', 'cpuTimeP99'],
  max: ['memoryUsageBytes', 'wasmMemoryBytes'],
  avg: ['sampleInterval'],
} as const;

type Group = keyof typeof WANTED;

const GROUPS = ['sum', 'quantiles', 'max', 'avg'] as const satisfies readonly Group[];

/** A field as `group.name`. */
export type Field = { [G in Group]: `${G}.${(typeof WANTED)[G][number]}` }[Group];

/** Type of a row of the dataset; its groups are fields of objects, which may be wrapped as not null. */
const ROW_TYPE = 'AccountWorkersInvocationsAdaptive';

export const INTROSPECTION = `query Fields($name: String!) {
  __type(name: $name) {
    fields { name type { fields { name } ofType { fields { name } } } }
  }
}`;

export const INTROSPECTION_VARIABLES = { name: ROW_TYPE };

const Fields = v.nullish(v.array(v.object({ name: v.string() })));

export const SchemaAnswer = v.object({
  __type: v.nullable(
    v.object({
      fields: v.array(
        v.object({
          name: v.string(),
          type: v.object({ fields: Fields, ofType: v.nullish(v.object({ fields: Fields })) }),
        }),
      ),
    }),
  ),
});
export type SchemaAnswer = v.InferOutput<typeof SchemaAnswer>;

/** The wanted fields that the schema has, in the order in which they are wanted. */
export function fieldsOf({ __type: row }: SchemaAnswer): Field[] {
  const groups = new Map(
    row?.fields.map(({ name, type }) => [name, (type.fields ?? type.ofType?.fields ?? []).map((field) => field.name)]),
  );
  return wantedFields().filter((field) => {
    const [group = '', name = ''] = field.split('.');
    return groups.get(group)?.includes(name) ?? false;
  });
}

/** All fields that are wanted. */
export function wantedFields(): Field[] {
  const { sum, quantiles, max, avg } = WANTED;
  return [
    ...sum.map((name) => `sum.${name}` as const),
    ...quantiles.map((name) => `quantiles.${name}` as const),
    ...max.map((name) => `max.${name}` as const),
    ...avg.map((name) => `avg.${name}` as const),
  ];
}

/** The query for one script over a time, with these fields alone. Without dimensions all invocations are one row. */
export function metricsQuery(fields: readonly Field[]): string {
  const selections = GROUPS.flatMap((group) => {
    const names = fields.filter((field) => field.startsWith(`${group}.`)).map((field) => field.slice(group.length + 1));
    return names.length === 0 ? [] : `${group} { ${names.join(' ')} }`;
  });
  return `query Metrics($account: string, $script: string, $from: Time, $to: Time) {
  viewer {
    accounts(filter: { accountTag: $account }) {
      workersInvocationsAdaptive(limit: 1, filter: { scriptName: $script, datetime_geq: $from, datetime_leq: $to }) {
        ${selections.join('\n        ')}
      }
    }
  }
}`;
}

const numbers = (names: readonly string[]) =>
  v.optional(v.object(Object.fromEntries(names.map((name) => [name, v.nullish(v.number())]))), {});

const Row = v.object({
  sum: numbers(WANTED.sum),
  quantiles: numbers(WANTED.quantiles),
  max: numbers(WANTED.max),
  avg: numbers(WANTED.avg),
});
export type Row = v.InferOutput<typeof Row>;

export const MetricsAnswer = v.object({
  viewer: v.object({ accounts: v.array(v.object({ workersInvocationsAdaptive: v.array(Row) })) }),
});
export type MetricsAnswer = v.InferOutput<typeof MetricsAnswer>;
