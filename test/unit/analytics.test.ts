import * as v from 'valibot';

/** Cloudflare's analytics, read from a server of this machine that speaks the documented part of the API. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { recordAnalytics } from '../../bench/commands/run.ts';
import { type AnalyticsQuery, metricsQuery, readAnalytics } from '../../bench/meters/analytics.ts';
import { RunRecord } from '../../bench/run/records.ts';
import {
  ACCOUNT,
  FULL_SCHEMA,
  type GraphqlServer,
  type GraphqlServerOptions,
  startGraphqlServer,
  TOKEN,
} from '../support/graphql-server.ts';
import { parseQuery } from '../support/graphql-server-query.ts';

const FROM = new Date('2026-10-01T10:00:00Z');
const TO = new Date('2026-10-01T10:15:00Z');

const GATEWAY = {
  'sum.requests': 2000,
  'sum.errors': 0,
  'sum.cpuTimeUs': 1_400_000,
  'quantiles.cpuTimeP50': 650,
  'quantiles.cpuTimeP99': 2100,
  'max.memoryUsageBytes': 9_000_000,
  'max.wasmMemoryBytes': 0,
  'avg.sampleInterval': 1,
};
const PREDICTOR = { ...GATEWAY, 'sum.cpuTimeUs': 3_000_000, 'max.wasmMemoryBytes': 6_553_600 };
const NOTHING = {
  requests: null,
  cpuMsPerRequest: null,
  cpuP50Ms: null,
  cpuP99Ms: null,
  memoryBytes: null,
  wasmMemoryBytes: null,
};

let server: GraphqlServer | undefined;

afterEach(async () => {
  vi.unstubAllEnvs();
  await server?.close();
  server = undefined;
});

async function read(options: GraphqlServerOptions, query: Partial<AnalyticsQuery> = {}) {
  server = await startGraphqlServer({ scripts: { gateway: GATEWAY, predictor: PREDICTOR }, ...options });
  const known = { endpoint: server.endpoint, token: TOKEN, account: ACCOUNT, subject: 'edge', from: FROM, to: TO };
  return readAnalytics({ ...known, scripts: ['gateway'], ...query });
}

/** The only record, which has no figures; its notes as one text. */
async function readNothing(options: GraphqlServerOptions, query: Partial<AnalyticsQuery> = {}): Promise<string> {
  const [record, ...others] = await read(options, query);
  expect(others).toEqual([]);
  expect(record).toMatchObject({ kind: 'analytics', subject: 'edge', script: 'gateway', ...NOTHING });
  expect(v.is(RunRecord, record)).toBe(true);
  expect(JSON.stringify(record)).not.toContain(TOKEN);
  expect(record?.notes).toHaveLength(1);
  return record?.notes.join() ?? '';
}

describe("Cloudflare's analytics", () => {
  it('give a record for each Worker of a pair, in milliseconds and bytes, over the time of the run', async () => {
    const records = await read({}, { scripts: ['gateway', 'predictor'] });
    const common = { kind: 'analytics', subject: 'edge', requests: 2000, cpuP50Ms: 0.65, cpuP99Ms: 2.1, notes: [] };
    expect(records).toEqual([
      { ...common, script: 'gateway', cpuMsPerRequest: 0.7, memoryBytes: 9_000_000, wasmMemoryBytes: 0 },
      { ...common, script: 'predictor', cpuMsPerRequest: 1.5, memoryBytes: 9_000_000, wasmMemoryBytes: 6_553_600 },
    ]);
    expect(records.every((record) => v.is(RunRecord, record))).toBe(true);
    expect(server?.asked.map(({ from, to, script }) => [script, from, to]).sort()).toEqual([
      ['gateway', '2026-10-01T10:00:00.000Z', '2026-10-01T10:15:00.000Z'],
      ['predictor', '2026-10-01T10:00:00.000Z', '2026-10-01T10:15:00.000Z'],
    ]);
  });

  it('are asked only for what an older schema has, and name what it has not', async () => {
    const { quantiles = [], avg = [], dimensions = [] } = FULL_SCHEMA;
    const schema = { sum: ['requests', 'errors', 'subrequests'], quantiles, avg, dimensions };
    const [record] = await read({ schema });
    expect(record).toMatchObject({ requests: 2000, cpuMsPerRequest: null, cpuP50Ms: 0.65, memoryBytes: null });
    expect(record?.notes).toEqual([
      "Cloudflare's analytics have no sum.cpuTimeUs, max.memoryUsageBytes, max.wasmMemoryBytes for this account",
    ]);
  });

  it('say that they are estimated from a sample, and that invocations failed', async () => {
    const [record] = await read({ scripts: { gateway: { ...GATEWAY, 'avg.sampleInterval': 10, 'sum.errors': 3 } } });
    expect(record?.requests).toBe(2000);
    expect(record?.notes).toEqual([
      'estimated from a sample: one invocation in 10.0 was kept',
      '3 of 2000 invocations failed',
    ]);
  });

  it('say that the last minutes may be missing right after a run', async () => {
    const [record] = await read({}, { to: new Date() });
    expect(record?.requests).toBe(2000);
    expect(record?.notes.join()).toMatch(/last minutes may be missing/);
  });
});

describe('a note in place of figures', () => {
  it('says that analytics arrive late when there is no row, or an empty one', async () => {
    expect(await readNothing({ scripts: {} })).toMatch(/^no invocation of gateway .* some minutes late/);
    await server?.close();
    expect(await readNothing({ scripts: { gateway: { 'sum.requests': 0 } } })).toMatch(/^no invocation of gateway/);
  });

  it('names the variables that are not set, and asks nobody then', async () => {
    expect(await readNothing({}, { token: undefined })).toMatch(/CLOUDFLARE_API_TOKEN not set/);
    await server?.close();
    expect(await readNothing({}, { token: '', account: undefined })).toMatch(
      /_TOKEN and CLOUDFLARE_ACCOUNT_ID not set/,
    );
    expect(server?.asked).toEqual([]);
  });

  it('names the permission that a refused token lacks', async () => {
    const note = await readNothing({}, { token: 'another' });
    expect(note).toMatch(/HTTP 403: Authentication error; .*Account Analytics: Read/);
  });

  it('keeps the account out of what the API says of it', async () => {
    const note = await readNothing({}, { account: 'ffff0000' });
    expect(note).toMatch(/refused: account \*\*\* does not have access/);
  });

  it('keeps the token out of an answer that repeats it, also where the answer is cut', async () => {
    for (const before of ['', 'x'.repeat(190)]) {
      const note = await readNothing({ instead: { status: 500, text: `${before}Bearer ${TOKEN}` } });
      expect(note).toMatch(/HTTP 500: /);
      expect(note).not.toContain('secret');
      await server?.close();
    }
  });

  it.each([
    ['malformed JSON', { status: 200, text: '{"data": {' }, /no GraphQL: \{"data": \{/],
    ['a page of a proxy', { status: 502, text: '<h1>Bad gateway</h1>' }, /HTTP 502: <h1>/],
    ['data of another form', { status: 200, text: '{"data": {"viewer": 3}}' }, /another form: .*__type/],
    ['errors', { status: 200, text: '{"data": null, "errors": [{"message": "quota"}]}' }, /refused: quota$/],
    ['a schema without the dataset', { status: 200, text: '{"data": {"__type": null}}' }, /have no Account\w+Adaptive/],
  ])('tells of %s', async (_, instead, expected) => {
    expect(await readNothing({ instead })).toMatch(expected);
  });

  it('tells of a server that hangs, that is not there, and of an address that is none', async () => {
    expect(await readNothing({ instead: null }, { timeoutMs: 100 })).toMatch(/no answer in 0.1 s/);
    await server?.close();
    expect(await readNothing({}, { endpoint: 'http://127.0.0.1:1/graphql' })).toMatch(/fetch failed/);
    await server?.close();
    expect(await readNothing({}, { endpoint: 'no address' })).toMatch(/no address/);
  });
});

it('the query has a selection for every group of the fields, and for no other', () => {
  const { fields } = parseQuery(metricsQuery(['sum.requests', 'max.memoryUsageBytes']));
  const dataset = fields[0]?.fields?.[0]?.fields?.[0];
  expect(dataset?.fields).toEqual([
    { name: 'sum', args: {}, fields: [{ name: 'requests', args: {}, fields: null }] },
    { name: 'max', args: {}, fields: [{ name: 'memoryUsageBytes', args: {}, fields: null }] },
  ]);
});

it("the server of these tests refuses a field that its schema has not, as Cloudflare's does", async () => {
  server = await startGraphqlServer({ schema: { sum: ['requests'] } });
  const variables = { account: ACCOUNT, script: 'gateway', from: FROM.toISOString(), to: TO.toISOString() };
  const ask = async (query: string) => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const response = await fetch(server?.endpoint ?? '', {
      method: 'POST',
      headers,
      body: JSON.stringify({ query, variables }),
    });
    return response.json();
  };
  expect(await ask(metricsQuery(['sum.cpuTimeUs']))).toMatchObject({
    errors: [{ message: 'unknown field "cpuTimeUs"' }],
  });
  expect(await ask(metricsQuery(['sum.requests']))).toMatchObject({ errors: null });
});

it('a run writes down a record for each script of its targets', async () => {
  server = await startGraphqlServer({ scripts: { gateway: GATEWAY, predictor: PREDICTOR } });
  vi.stubEnv('CLOUDFLARE_API_TOKEN', TOKEN);
  vi.stubEnv('CLOUDFLARE_ACCOUNT_ID', ACCOUNT);
  vi.stubEnv('CLOUDFLARE_API_BASE_URL', new URL('.', server.endpoint).href.replace(/\/$/, ''));
  const written: RunRecord[] = [];
  const run = { write: (record: RunRecord) => void written.push(record) };
  const scripts = new Map([
    ['edge', ['gateway', 'predictor']],
    ['other', ['nobody']],
  ]);
  await recordAnalytics(scripts, run, FROM);
  expect(written).toMatchObject([
    { subject: 'edge', script: 'gateway', requests: 2000 },
    { subject: 'edge', script: 'predictor', requests: 2000 },
    { subject: 'other', script: 'nobody', requests: null },
  ]);
});
