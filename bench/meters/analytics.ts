/**
 * CPU time and memory of deployed Workers by Cloudflare's GraphQL API: the only source there, because clocks stand still
 * within a Worker. What cannot be had is a note in the record, never a failure: a run is worth having without it.
 */
import * as v from 'valibot';
import { reasonOf } from '../load/client.ts';
import type { AnalyticsRecord } from '../run/records.ts';

export interface AnalyticsQuery {
  /** Of the GraphQL API. */
  readonly endpoint: string | URL;
  /** With the permission Account Analytics: Read. */
  readonly token: string | undefined;
  /** Account ID. */
  readonly account: string | undefined;
  /** Name of the target in the run, and of its Workers. */
  readonly subject: string;
  readonly scripts: readonly string[];
  readonly from: Date;
  readonly to: Date;
  /** Longest time for each answer. */
  readonly timeoutMs?: number;
}

/** A record for each script, in order. Never rejects: see the notes of the records. */
export function readAnalytics(query: AnalyticsQuery): Promise<AnalyticsRecord[]> {
  const readOne = async (script: string): Promise<AnalyticsRecord> => {
    const unread = (cause: Error) => ({ row: {}, notes: [cause.message] });
    const { row, notes } = await readScript(query, script).catch(unread);
    return { kind: 'analytics', subject: query.subject, script, ...figuresOf(row), notes };
  };
  return Promise.all(query.scripts.map(readOne));
}

/**
 * The fields that a record is made of, after the objects that hold them. CPU times are in microseconds. Those of requests,
 * errors and quantiles are in https://developers.cloudflare.com/analytics/graphql-api/tutorials/querying-workers-metrics/;
 * memory came years later.
 */
const WANTED = [
  ...['sum.requests', 'sum.errors', 'sum.cpuTimeUs', 'quantiles.cpuTimeP50', 'quantiles.cpuTimeP99'],
  ...['max.memoryUsageBytes', 'max.wasmMemoryBytes', 'avg.sampleInterval'],
];

/** Type of a row of the dataset; its groups are fields of objects, which may be wrapped as not null. */
const ROW_TYPE = 'AccountWorkersInvocationsAdaptive';

/** Schemas differ by account, and one unknown field makes the API refuse a whole query. */
const SCHEMA_QUERY = `query Fields($name: String!) {
  __type(name: $name) {
    fields { name type { fields { name } ofType { fields { name } } } }
  }
}`;

const Fields = v.object({ fields: v.nullish(v.array(v.object({ name: v.string() }))) });
const Group = v.object({ name: v.string(), type: v.object({ ...Fields.entries, ofType: v.nullish(Fields) }) });
const SchemaAnswer = v.object({ __type: v.nullable(v.object({ fields: v.array(Group) })) });

/** The query for one script over a time, with these fields alone. Without dimensions all invocations are one row. */
export function metricsQuery(fields: readonly string[]): string {
  const groups = Map.groupBy(fields, (field) => field.slice(0, field.indexOf('.')));
  const namesOf = (group: string, own: readonly string[]) =>
    own.map((field) => field.slice(group.length + 1)).join(' ');
  return `query Metrics($account: string, $script: string, $from: Time, $to: Time) {
  viewer {
    accounts(filter: { accountTag: $account }) {
      workersInvocationsAdaptive(limit: 1, filter: { scriptName: $script, datetime_geq: $from, datetime_leq: $to }) {
        ${[...groups].map(([group, own]) => `${group} { ${namesOf(group, own)} }`).join('\n        ')}
      }
    }
  }
}`;
}

/** Values by group and name; what was not asked for is not there. */
const Row = v.record(v.string(), v.record(v.string(), v.nullable(v.number())));
type Row = v.InferOutput<typeof Row>;

const Account = v.object({ workersInvocationsAdaptive: v.array(Row) });
const MetricsAnswer = v.object({ viewer: v.object({ accounts: v.array(Account) }) });

const LATE = 'they arrive some minutes late, and may be looked at later in the dashboard';

/** Rejects with the note that stands in place of figures. */
async function readScript(query: AnalyticsQuery, script: string): Promise<{ row: Row; notes: string[] }> {
  const { token, account, from, to } = query;
  const missing = [token ? [] : 'CLOUDFLARE_API_TOKEN', account ? [] : 'CLOUDFLARE_ACCOUNT_ID'].flat();
  if (missing.length > 0) throw new Error(`Cloudflare's analytics were not asked: ${missing.join(' and ')} not set`);
  const { __type: type } = await ask(query, { query: SCHEMA_QUERY, variables: { name: ROW_TYPE } }, SchemaAnswer);
  const known = (type?.fields ?? []).flatMap(({ name: group, type: { fields, ofType } }) =>
    (fields ?? ofType?.fields ?? []).map(({ name }) => `${group}.${name}`),
  );
  const fields = WANTED.filter((field) => known.includes(field));
  if (fields.length === 0) throw new Error(`Cloudflare's analytics have no ${ROW_TYPE} with any field that is wanted`);
  const variables = { account, script, from, to };
  const { viewer } = await ask(query, { query: metricsQuery(fields), variables }, MetricsAnswer);
  const [found] = viewer.accounts;
  if (found === undefined) throw new Error('the token sees no account of that ID');
  const [row] = found.workersInvocationsAdaptive;
  if (row === undefined || row.sum?.requests === 0) {
    throw new Error(`no invocation of ${script} in Cloudflare's analytics yet: ${LATE}`);
  }
  return { row, notes: notesOf(row, fields, to) };
}

const US_PER_MS = 1000;

function figuresOf({ sum, quantiles, max }: Row) {
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

function notesOf({ sum, avg }: Row, fields: readonly string[], to: Date): string[] {
  const missing = WANTED.filter((field) => !fields.includes(field));
  const sampleInterval = avg?.sampleInterval ?? 1;
  const isRecent = Date.now() - to.getTime() < DELAY_MS;
  return [
    missing.length > 0 ? `Cloudflare's analytics have no ${missing.join(', ')} for this account` : [],
    sampleInterval > 1 ? `estimated from a sample: one invocation in ${sampleInterval.toFixed(1)} was kept` : [],
    sum?.errors ? `${sum.errors} of ${sum.requests} invocations failed` : [],
    isRecent ? `invocations of the last minutes may be missing from Cloudflare's analytics: ${LATE}` : [],
  ].flat();
}

/** GraphQL's own form, with errors as https://developers.cloudflare.com/analytics/graphql-api/errors/ has them. */
const Envelope = v.object({
  data: v.optional(v.unknown()),
  errors: v.nullish(v.array(v.object({ message: v.string() }))),
});

const HINT = '; is CLOUDFLARE_API_TOKEN right, and does it have the permission Account Analytics: Read?';
const MAX_TEXT = 200;

/** Rejects with the reason why there is no answer, in one short line without token and account. */
async function ask<T>(api: AnalyticsQuery, question: object, answer: v.GenericSchema<unknown, T>): Promise<T> {
  const { endpoint, token = '', account = '', timeoutMs = 10_000 } = api;
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(question),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return dataOf(response.status, await response.text(), answer);
  } catch (cause) {
    const isLate = cause instanceof Error && cause.name === 'TimeoutError';
    const reason = isLate ? `no answer in ${timeoutMs / 1000} s` : reasonOf(cause);
    // Secrets go first: cut in two, one could not be recognised any more.
    const told = reason.replaceAll(token, '***').replaceAll(account, '***').replaceAll(/\s+/g, ' ').trim();
    throw new Error(`Cloudflare's analytics: ${told.slice(0, MAX_TEXT)}`);
  }
}

function dataOf<T>(status: number, text: string, answer: v.GenericSchema<unknown, T>): T {
  const envelope = v.safeParse(v.pipe(v.string(), v.parseJson(), Envelope), text);
  const refusal = envelope.success ? envelope.output.errors?.map(({ message }) => message).join('; ') : '';
  const hint = status === 401 || status === 403 ? HINT : '';
  if (status !== 200) throw new Error(`HTTP ${status}: ${refusal || text}${hint}`);
  if (!envelope.success) throw new Error(`an answer that is no GraphQL: ${text}`);
  if (refusal) throw new Error(`refused: ${refusal}`);
  const data = v.safeParse(answer, envelope.output.data);
  if (data.success) return data.output;
  throw new Error(`an answer of another form: ${v.summarize(data.issues)}`);
}
