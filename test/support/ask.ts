/**
 * Sends one request and keeps everything of the answer that a client could tell deployments apart by. It goes through
 * node:http and not fetch, which would tidy up the path before sending it.
 */
import { type Agent, request } from 'node:http';

export interface Answer {
  readonly status: number;
  /** The body's bytes as latin1. */
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Question {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** Headers that differ from one moment to the next, or belong to the connection. */
const PASSING = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding']);

/** Over a connection of its own, or one of `agent`; rejects when that one's `timeout` passes without an answer. */
export function ask(
  url: URL,
  { method = 'POST', path, headers = {}, body = '' }: Question,
  agent: Agent | false = false,
): Promise<Answer> {
  const bytes = Buffer.from(body);
  const length = method === 'GET' && bytes.length === 0 ? {} : { 'content-length': bytes.length };
  const options = {
    host: url.hostname,
    port: url.port,
    path,
    method,
    headers: { ...headers, ...length },
    agent,
  };
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      const answer = (chunks: Buffer[]): Answer => {
        const kept = Object.entries(response.headers).filter(([name]) => !PASSING.has(name));
        const headers = Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
        return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('latin1'), headers };
      };
      response.toArray().then((chunks) => resolve(answer(chunks)), reject);
    });
    sent.on('error', (cause: NodeJS.ErrnoException) => {
      // A server may close a connection that was idle just as it is used again.
      if (sent.reusedSocket && cause.code === 'ECONNRESET') resolve(ask(url, { method, path, headers, body }, agent));
      else reject(cause);
    });
    sent.on('timeout', () => sent.destroy(new Error('expected an answer in time, got none')));
    sent.end(bytes);
  });
}
