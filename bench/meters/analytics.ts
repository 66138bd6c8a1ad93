/**
 * CPU time and memory of deployed Workers, as Cloudflare's own analytics have them: the only source there, because clocks
 * stand still within a Worker. What cannot be had is a note in the record, never a failure: a run is worth having
 * without it.
 */
import { fail, ok, type Result } from '../../shared/result.ts';
import type { AnalyticsRecord } from '../run/records.ts';
import {
  ask,
  type Field,
  fieldsOf,
  type GraphqlApi,
  INTROSPECTION,
  INTROSPECTION_VARIABLES,
  MetricsAnswer,
  metricsQuery,
  type Row,
  SchemaAnswer,
  wantedFields,
} from './analytics-api.ts';

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

export const ANALYTICS_TIMEOUT_MS = 10_000;

/** How long after a request the analytics may not have it yet, in milliseconds; they are published with some delay. */
const DELAY_MS = 10 * 60_000;

const US_PER_MS = 1000;

type Figures = Omit<AnalyticsRecord, 'kind' | 'subject' | 'script' | 'notes'>;

const NOTHING: Figures = {
  requests: null,
  cpuMsPerRequest: null,
  cpuP50Ms: null,
  cpuP99Ms: null,
  memoryBytes: null,
  wasmMemoryBytes: null,
};

/** A record for each script, in order. Never rejects: see the notes of the records. */
export async function readAnalytics(query: AnalyticsQuery): Promise<AnalyticsRecord[]> {
  const { subject, scripts } = query;
  const without = (note: string) =>
    scripts.map((script): AnalyticsRecord => ({ kind: 'analytics', subject, script, ...NOTHING, notes: [note] }));
  const api = apiOf(query);
  if (!api.ok) return without(api.error);
  const schema = await readFields(api.value);
  if (!schema.ok) return without(schema.error);
  return Promise.all(scripts.map((script) => readScript(api.value, query, schema.value, script)));
}

function apiOf({ endpoint, token, account, timeoutMs = ANALYTICS_TIMEOUT_MS }: AnalyticsQuery): Result<Api, string> {
  const missing = [token ? [] : 'CLOUDFLARE_API_TOKEN', account ? [] : 'CLOUDFLARE_ACCOUNT_ID'].flat();
  if (token && account) return ok({ endpoint, token, account, timeoutMs, secrets: [account] });
  return fail(`Cloudflare's analytics were not asked: ${missing.join(' and ')} not set`);
}

interface Api extends GraphqlApi {
  readonly account: string;
}

/** The fields that there are to ask for. */
async function readFields(api: Api): Promise<Result<Field[], string>> {
  const question = { query: INTROSPECTION, variables: INTROSPECTION_VARIABLES, answer: SchemaAnswer };
  const schema = await ask(api, question);
  if (!schema.ok) return fail(`Cloudflare's analytics, asked for their schema: ${schema.error}`);
  const fields = fieldsOf(schema.value);
  return fields.length > 0
    ? ok(fields)
    : fail(`Cloudflare's analytics have no ${INTROSPECTION_VARIABLES.name} with any field that is wanted`);
}

async function readScript(
  api: Api,
  { subject, from, to }: AnalyticsQuery,
  fields: readonly Field[],
  script: string,
): Promise<AnalyticsRecord> {
  const variables = { account: api.account, script, from: from.toISOString(), to: to.toISOString() };
  const answer = await ask(api, { query: metricsQuery(fields), variables, answer: MetricsAnswer });
  const { figures, notes } = answer.ok
    ? figuresOf(answer.value, { fields, script, isRecent: Date.now() - to.getTime() < DELAY_MS })
    : { figures: NOTHING, notes: [`Cloudflare's analytics of ${script}: ${answer.error}`] };
  return { kind: 'analytics', subject, script, ...figures, notes };
}

interface Context {
  readonly fields: readonly Field[];
  readonly script: string;
  /** Whether invocations may be missing that will still come. */
  readonly isRecent: boolean;
}

const LATE = 'they arrive some minutes late, and may be looked at later in the dashboard';

function figuresOf({ viewer }: MetricsAnswer, { fields, script, isRecent }: Context) {
  const [account] = viewer.accounts;
  const [row] = account?.workersInvocationsAdaptive ?? [];
  if (account === undefined) return { figures: NOTHING, notes: ['the token sees no account of that ID'] };
  if (row === undefined || row.sum.requests === 0) {
    return { figures: NOTHING, notes: [`no invocation of ${script} in Cloudflare's analytics yet: ${LATE}`] };
  }
  const late = isRecent ? [`invocations of the last minutes may be missing from Cloudflare's analytics: ${LATE}`] : [];
  return { figures: toFigures(row), notes: [...missingFields(fields), ...notesOf(row), ...late] };
}

function toFigures({ sum, quantiles, max }: Row): Figures {
  const { requests = null, cpuTimeUs = null } = sum;
  return {
    requests,
    cpuMsPerRequest: requests === null || cpuTimeUs === null ? null : cpuTimeUs / requests / US_PER_MS,
    cpuP50Ms: toMs(quantiles.cpuTimeP50),
    cpuP99Ms: toMs(quantiles.cpuTimeP99),
    memoryBytes: max.memoryUsageBytes ?? null,
    wasmMemoryBytes: max.wasmMemoryBytes ?? null,
  };
}

function toMs(us: number | null | undefined): number | null {
  return us === null || us === undefined ? null : us / US_PER_MS;
}

function missingFields(fields: readonly Field[]): string[] {
  const missing = wantedFields().filter((field) => !fields.includes(field));
  return missing.length === 0 ? [] : [`Cloudflare's analytics have no ${missing.join(', ')} for this account`];
}

function notesOf({ sum, avg }: Row): string[] {
  const { sampleInterval } = avg;
  const { errors, requests } = sum;
  return [
    sampleInterval != null && sampleInterval > 1
      ? `estimated from a sample: one invocation in ${sampleInterval.toFixed(1)} was kept`
      : [],
    errors != null && errors > 0 ? `${errors} of ${requests} invocations failed` : [],
  ].flat();
}
