/** One request to a GraphQL API, with everything that may go wrong as text for people, in which no secret stands. */
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
