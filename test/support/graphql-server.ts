/**
 * A server that speaks the documented part of Cloudflare's GraphQL analytics: it tells its schema, answers exactly the
 * fields that are selected, and refuses unknown ones as a whole, as GraphQL does.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import * as v from 'valibot';
import { type Operation, parseQuery, type Selection } from './graphql-server-query.ts';

export const TOKEN = 'secret-token-of-the-test';
export const ACCOUNT = '0123456789abcdef0123456789abcdef';

/** Fields by group, as of 2026. */
export const FULL_SCHEMA: Schema = {
  sum: ['requests', 'errors', 'subrequests', 'cpuTimeUs', 'wallTime'],
  quantiles: ['cpuTimeP50', 'cpuTimeP99', 'cpuTimeP999', 'memoryUsageBytesP99'],
  max: ['cpuTime', 'memoryUsageBytes', 'wasmMemoryBytes'],
  avg: ['sampleInterval'],
  dimensions: ['scriptName', 'status'],
};

export type Schema = Readonly<Record<string, readonly string[]>>;

/** One script's figures as `group.field`; those that are missing are null. */
export type Figures = Readonly<Record<string, number>>;

export interface GraphqlServerOptions {
  readonly schema?: Schema;
  readonly scripts?: Readonly<Record<string, Figures>>;
  /** Answers in place of GraphQL; null lets the request hang. */
  readonly instead?: { readonly status: number; readonly text: string } | null;
}

export interface GraphqlServer {
  readonly endpoint: URL;
  /** Variables of all questions for figures, in order. */
  readonly asked: Readonly<Record<string, string>>[];
  close(): Promise<void>;
}

const Question = v.object({ query: v.string(), variables: v.record(v.string(), v.string()) });
type Question = v.InferOutput<typeof Question>;

/** Starts the server on this machine alone. */
export async function startGraphqlServer(options: GraphqlServerOptions = {}): Promise<GraphqlServer> {
  const asked: Question['variables'][] = [];
  const server = createServer(async (request, response) => {
    const body = await textOf(request);
    const { instead } = options;
    if (instead === null) return;
    const { status, text } = instead ?? answer(body, request.headers.authorization, options, asked);
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a port, got none');
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { endpoint: new URL(`http://127.0.0.1:${address.port}/client/v4/graphql`), asked, close };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}

function answer(
  body: string,
  authorization: string | undefined,
  { schema = FULL_SCHEMA, scripts = {} }: GraphqlServerOptions,
  asked: Question['variables'][],
) {
  if (authorization !== `Bearer ${TOKEN}`) {
    return {
      status: 403,
      text: JSON.stringify({ success: false, errors: [{ code: 10000, message: 'Authentication error' }] }),
    };
  }
  try {
    const { query, variables } = v.parse(Question, JSON.parse(body));
    const operation = parseQuery(query);
    checkVariables(operation, variables);
    const [root] = operation.fields;
    const isSchema = root?.name === '__type';
    if (!isSchema) asked.push(variables);
    const data = isSchema
      ? { __type: describeType(schema, variables) }
      : { viewer: metrics(root, { schema, scripts, variables }) };
    return { status: 200, text: JSON.stringify({ data, errors: null }) };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return { status: 200, text: JSON.stringify({ data: null, errors: [{ message, path: null, extensions: {} }] }) };
  }
}

function checkVariables({ variables: declared }: Operation, given: Question['variables']): void {
  for (const [name, type] of Object.entries(declared)) {
    if (!/^(string|String|Time)!?$/.test(type)) throw new Error(`unknown type "${type}"`);
    if (given[name] === undefined) throw new Error(`variable "${name}" has no value`);
    if (type.startsWith('Time') && Number.isNaN(Date.parse(given[name]))) throw new Error(`"${name}" is no time`);
  }
}

/** Groups are wrapped as not null, so their fields are one level further down. */
function describeType(schema: Schema, { name }: Question['variables']) {
  if (name !== 'AccountWorkersInvocationsAdaptive') return null;
  const groups = Object.entries(schema).map(([group, fields]) => ({
    name: group,
    type: { fields: null, ofType: { fields: fields.map((field) => ({ name: field })) } },
  }));
  return { fields: groups };
}

interface Data {
  readonly schema: Schema;
  readonly scripts: Readonly<Record<string, Figures>>;
  readonly variables: Question['variables'];
}

function metrics(viewer: Selection | undefined, { schema, scripts, variables }: Data) {
  const accounts = only(viewer, 'viewer', 'accounts');
  const dataset = only(accounts, 'accounts', 'workersInvocationsAdaptive');
  const account = resolve(accounts.args.filter, variables).accountTag;
  const {
    scriptName = '',
    datetime_geq: from = '',
    datetime_leq: to = '',
    ...others
  } = resolve(dataset.args.filter, variables);
  for (const name of Object.keys(others)) throw new Error(`unknown arg ${name}`);
  if (from >= to) throw new Error('filter: datetime_geq is not before datetime_leq');
  const groups = (dataset.fields ?? []).map((group) => [group.name, namesOf(group, schema)] as const);
  if (account !== ACCOUNT) throw new Error(`account ${account} does not have access to the path`);
  const figures = scripts[scriptName];
  const row = (of: Figures) =>
    Object.fromEntries(
      groups.map(([group, names]) => [
        group,
        Object.fromEntries(names.map((name) => [name, of[`${group}.${name}`] ?? null])),
      ]),
    );
  return { accounts: [{ workersInvocationsAdaptive: figures === undefined ? [] : [row(figures)] }] };
}

function only(selection: Selection | undefined, name: string, child: string): Selection {
  const field = selection?.fields?.[0];
  if (selection?.name !== name && name === 'viewer') throw new Error(`unknown field "${selection?.name}"`);
  if (field?.name !== child) throw new Error(`unknown field "${field?.name}"`);
  return field;
}

function namesOf({ name: group, fields }: Selection, schema: Schema): string[] {
  const known = schema[group];
  if (known === undefined) throw new Error(`unknown field "${group}"`);
  if (fields === null) throw new Error(`field "${group}" must have a selection`);
  return fields.map(({ name }) => {
    if (!known.includes(name)) throw new Error(`unknown field "${name}"`);
    return name;
  });
}

function resolve(filter: unknown, variables: Question['variables']): Record<string, string | undefined> {
  if (typeof filter !== 'object' || filter === null) throw new Error('error parsing args: filter');
  return Object.fromEntries(
    Object.entries(filter).map(([name, value]) => [name, variables[String(value).replace(/^\$/, '')]]),
  );
}
