/**
 * CPU time and memory of deployed Workers, as Cloudflare's GraphQL API has them: the only source there, because clocks
 * stand still within a Worker. What cannot be had is a note in the record, never a failure: a run is worth having
 * without it.
 */
import * as v from 'valibot';
import { reasonOf } from '../load/client.ts';
import type { AnalyticsRecord } from '../run/records.ts';

/** What is asked of whom. */
export interface AnalyticsQuery {
  /** Of the GraphQL API. */
  readonly endpoint: string | URL;
  /** With the permission Account Analytics: Read. */
  readonly token: string | undefined;
  /** Account ID. */
  readonly account: string | undefined;
  /** Name of the target in the run. */
  readonly subject: string;
  /** Names of its Workers. */
  readonly scripts: readonly string[];
  readonly from: Date;
  readonly to: Date;
  /** Longest time for each answer, in milliseconds. */
  readonly timeoutMs?: number;
}

type Figures = Omit<AnalyticsRecord, 'kind' | 'subject' | 'script'>;

const NOTHING: Omit<Figures, 'notes'> = {
  requests: null,
  cpuMsPerRequest: null,
  cpuP50Ms: null,
  cpuP99Ms: null,
  memoryBytes: null,
  wasmMemoryBytes: null,
};

/** A record for each script, in order. Never rejects: see the notes of the records. */
export function readAnalytics(query: AnalyticsQuery): Promise<AnalyticsRecord[]> {
  const { subject, scripts } = query;
  const records = scripts.map(async (script): Promise<AnalyticsRecord> => {
    const figures = await readScript(query, script).catch((cause: Error) => ({ ...NOTHING, notes: [cause.message] }));
    return { kind: 'analytics', subject, script, ...figures };
  });
  return Promise.all(records);
}

/** Fields of the API's rows by the object that holds them. */
type Fields = Readonly<Record<string, readonly string[]>>;

/**
 * The fields that a record is made of. CPU times are in microseconds. Those of requests, errors and quantiles are in
 * https://developers.cloudflare.com/analytics/graphql-api/tutorials/querying-workers-metrics/; memory came years later.
 */
const WANTED: Fields = {
  sum: ['requests', 'errors', 'cpuTimeUs'],
  quantiles: ['cpuTimeP50', 'cpuTimeP99'],
  max: ['memoryUsageBytes', 'wasmMemoryBytes'],
  avg: ['sampleInterval'],
};

/** Rejects with the note that stands in place of figures. */
async function readScript(query: AnalyticsQuery, script: string): Promise<Figures> {
  const { token, account = '', from, to } = query;
  const missing = [token ? [] : 'CLOUDFLARE_API_TOKEN', account ? [] : 'CLOUDFLARE_ACCOUNT_ID'].flat();
  if (missing.length > 0) throw new Error(`Cloudflare's analytics were not asked: ${missing.join(' and ')} not set`);
  const schema = await ask(query, { query: SCHEMA_QUERY, variables: { name: ROW_TYPE }, answer: SchemaAnswer });
  const fields = fieldsOf(schema);
  if (Object.values(fields).flat().length === 0) {
    throw new Error(`Cloudflare's analytics have no ${ROW_TYPE} with any field that is wanted`);
  }
  const variables = { account, script, from: from.toISOString(), to: to.toISOString() };
  const { viewer } = await ask(query, { query: metricsQuery(fields), variables, answer: MetricsAnswer });
  const [found] = viewer.accounts;
  if (found === undefined) throw new Error('the token sees no account of that ID');
  const [row] = found.workersInvocationsAdaptive;
  if (row === undefined || row.sum?.requests === 0) {
    throw new Error(`no invocation of ${script} in Cloudflare's analytics yet: ${LATE}`);
  }
  return { ...figuresOf(row), notes: notesOf(row, fields, to) };
}

/** Type of a row of the dataset; its groups are fields of objects, which may be wrapped as not null. */
const ROW_TYPE = 'AccountWorkersInvocationsAdaptive';

/** Schemas differ by account, and one unknown field makes the API refuse a whole query. */
const SCHEMA_QUERY = `query Fields($name: String!) {
  __type(name: $name) {
    fields { name type { fields { name } ofType { fields { name } } } }
  }
}`;

const Names = v.nullish(v.array(v.object({ name: v.string() })));
const Group = v.object({
  name: v.string(),
  type: v.object({ fields: Names, ofType: v.nullish(v.object({ fields: Names })) }),
});
const SchemaAnswer = v.object({ __type: v.nullable(v.object({ fields: v.array(Group) })) });

/** The wanted fields that the schema has. */
function fieldsOf({ __type: row }: v.InferOutput<typeof SchemaAnswer>): Fields {
  const known = (group: string) => {
    const type = row?.fields.find(({ name }) => name === group)?.type;
    return (type?.fields ?? type?.ofType?.fields ?? []).map(({ name }) => name);
  };
  return Object.fromEntries(
    Object.entries(WANTED).map(([group, names]) => [group, names.filter((name) => known(group).includes(name))]),
  );
}

/** The query for one script over a time, with these fields alone. Without dimensions all invocations are one row. */
export function metricsQuery(fields: Fields): string {
  const groups = Object.entries(fields).filter(([, names]) => names.length > 0);
  return `query Metrics($account: string, $script: string, $from: Time, $to: Time) {
  viewer {
    accounts(filter: { accountTag: $account }) {
      workersInvocationsAdaptive(limit: 1, filter: { scriptName: $script, datetime_geq: $from, datetime_leq: $to }) {
        ${groups.map(([group, names]) => `${group} { ${names.join(' ')} }`).join('\n        ')}
      }
    }
  }
}`;
}

/** Values by group and name; what was not asked for is not there. */
const Row = v.record(v.string(), v.record(v.string(), v.nullable(v.number())));
type Row = v.InferOutput<typeof Row>;

const MetricsAnswer = v.object({
  viewer: v.object({ accounts: v.array(v.object({ workersInvocationsAdaptive: v.array(Row) })) }),
});

const US_PER_MS = 1000;

function figuresOf({ sum, quantiles, max }: Row): typeof NOTHING {
  const toMs = (us: number | null | undefined, count = 1) => (us == null ? null : us / count / US_PER_MS);
  const requests = sum?.requests ?? null;
  return {
    requests,
    cpuMsPerRequest: requests === null ? null : toMs(sum?.cpuTimeUs, requests),
    cpuP50Ms: toMs(quantiles?.cpuTimeP50),
    cpuP99Ms: toMs(quantiles?.cpuTimeP99),
    memoryBytes: max?.memoryUsageBytes ?? null,
    wasmMemoryBytes: max?.wasmMemoryBytes ?? null,
  };
}

/** How long after a request the analytics may not have it yet, in milliseconds; they are published with some delay. */
const DELAY_MS = 10 * 60_000;

const LATE = 'they arrive some minutes late, and may be looked at later in the dashboard';

function notesOf({ sum, avg }: Row, fields: Fields, to: Date): string[] {
  const missing = Object.entries(WANTED).flatMap(([group, names]) =>
    names.filter((name) => !fields[group]?.includes(name)).map((name) => `${group}.${name}`),
  );
  const sampleInterval = avg?.sampleInterval ?? 1;
  const errors = sum?.errors ?? 0;
  const isRecent = Date.now() - to.getTime() < DELAY_MS;
  return [
    missing.length > 0 ? `Cloudflare's analytics have no ${missing.join(', ')} for this account` : [],
    sampleInterval > 1 ? `estimated from a sample: one invocation in ${sampleInterval.toFixed(1)} was kept` : [],
    errors > 0 ? `${errors} of ${sum?.requests} invocations failed` : [],
    isRecent ? `invocations of the last minutes may be missing from Cloudflare's analytics: ${LATE}` : [],
  ].flat();
}

/** GraphQL's own form, with errors as https://developers.cloudflare.com/analytics/graphql-api/errors/ has them. */
const Envelope = v.object({
  data: v.optional(v.unknown()),
  errors: v.nullish(v.array(v.object({ message: v.string() })), []),
});

const HINTS: Readonly<Record<number, string>> = {
  401: '; is CLOUDFLARE_API_TOKEN right?',
  403: '; does CLOUDFLARE_API_TOKEN have the permission Account Analytics: Read?',
};

const MAX_TEXT = 200;

interface Question<T> {
  readonly query: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly answer: v.GenericSchema<unknown, T>;
}

/** Rejects with the reason why there is no answer, in one short line without token and account. */
async function ask<T>(api: AnalyticsQuery, { query, variables, answer }: Question<T>): Promise<T> {
  const { endpoint, token = '', account = '', timeoutMs = 10_000 } = api;
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return dataOf(response.status, await response.text(), answer);
  } catch (cause) {
    const isLate = cause instanceof Error && cause.name === 'TimeoutError';
    const reason = isLate ? `no answer in ${timeoutMs / 1000} s` : reasonOf(cause);
    // Secrets go first: cut in two, one could not be recognised any more.
    const told = [token, account].reduce((text, secret) => text.replaceAll(secret, '***'), reason);
    const line = told.replaceAll(/\s+/g, ' ').trim();
    throw new Error(`Cloudflare's analytics: ${line.length > MAX_TEXT ? `${line.slice(0, MAX_TEXT)}...` : line}`);
  }
}

function dataOf<T>(status: number, text: string, answer: Question<T>['answer']): T {
  const envelope = v.safeParse(v.pipe(v.string(), v.parseJson(), Envelope), text);
  const refusal = envelope.success ? envelope.output.errors?.map(({ message }) => message).join('; ') : '';
  if (status !== 200) throw new Error(`HTTP ${status}: ${refusal || text}${HINTS[status] ?? ''}`);
  if (!envelope.success) throw new Error(`an answer that is no GraphQL: ${text}`);
  if (refusal) throw new Error(`refused: ${refusal}`);
  const data = v.safeParse(answer, envelope.output.data);
  if (data.success) return data.output;
  throw new Error(`an answer of another form: ${v.summarize(data.issues)}`);
}
