/** The two HTTP clients. Which one measures is part of the result, so every figure names its client. */
import { Pool } from 'undici';
import { HEADER_LENGTH } from '../../shared/http/binary-body.ts';

export const CLIENT_NAMES = ['fetch', 'undici'] as const;
export type ClientName = (typeof CLIENT_NAMES)[number];

/** What is sent, and how an answer is judged. */
export interface Payload {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer> | null;
  /** Whether an answer is the right one. */
  isRight(answer: Answer): boolean;
}

export interface Answer {
  readonly status: number;
  /** The protocol's `Inference-Header-Content-Length`: bytes of JSON before the binary tensors; null without it. */
  readonly headerLength: string | null;
  readonly bytes: Uint8Array;
}

/** Sends requests to one server over connections that stay open. */
export interface Client {
  /**
   * Sends a payload and reads the whole answer; `onFirstByte` is called when its head is there. Rejects when the
   * connection fails.
   */
  send(payload: Payload, onFirstByte?: () => void): Promise<Answer>;
  close(): Promise<void>;
}

/**
 * A client for `url` with at most `connections` requests under way, or with as many as are asked for. The global fetch
 * opens a connection for each request under way, so the number of connections is the caller's.
 */
export function createClient(name: ClientName, url: URL, connections: number | null): Client {
  if (name === 'fetch') {
    return {
      send: async ({ path, method, headers, body }, onFirstByte) => {
        const response = await fetch(new URL(path, url), { method, headers, body });
        onFirstByte?.();
        return readAnswer(response);
      },
      close: async () => undefined,
    };
  }
  const pool = new Pool(url.origin, { connections, pipelining: 1 });
  return {
    send: async ({ path, method, headers, body }, onFirstByte) => {
      const response = await pool.request({ path, method, headers, body });
      onFirstByte?.();
      const [headerLength = null] = [response.headers[HEADER_LENGTH.toLowerCase()]].flat();
      return { status: response.statusCode, headerLength, bytes: await response.body.bytes() };
    },
    close: () => pool.destroy(),
  };
}

/** Clients of replicas as one, which asks each in turn. */
export function inTurn(clients: readonly [Client, ...Client[]]): Client {
  let next = 0;
  return {
    send: (payload, onFirstByte) => (clients[next++ % clients.length] ?? clients[0]).send(payload, onFirstByte),
    close: async () => void (await Promise.all(clients.map((client) => client.close()))),
  };
}

/** The whole of what `fetch` answers. */
export async function readAnswer(response: Response): Promise<Answer> {
  const { status, headers } = response;
  return { status, headerLength: headers.get(HEADER_LENGTH), bytes: await response.bytes() };
}

/** Why no answer came: fetch tells it as the cause of its own error. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error ? `${cause.message}: ${cause.cause.message}` : cause.message;
}
