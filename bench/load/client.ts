/** The two HTTP clients. Which one measures is part of the result, so every figure names its client. */
import { Pool } from 'undici';
import type { Payload } from './payloads.ts';

export const CLIENT_NAMES = ['fetch', 'undici'] as const;
export type ClientName = (typeof CLIENT_NAMES)[number];

/** Sends requests to one server over connections that stay open. */
export interface Client {
  /** Sends a payload and reads the whole answer. Rejects when the connection fails. */
  send(payload: Payload): Promise<{ readonly status: number; readonly text: string }>;
  close(): Promise<void>;
}

const HEADERS = { 'content-type': 'application/json' };

const CLIENTS: Readonly<Record<ClientName, (url: URL, connections: number) => Client>> = {
  // The global fetch opens a connection for each request under way, so `connections` is the caller's concurrency.
  fetch: (url) => ({
    send: async ({ path, body }) => {
      const response = await fetch(new URL(path, url), { method: 'POST', body, headers: HEADERS });
      return { status: response.status, text: await response.text() };
    },
    close: async () => undefined,
  }),
  undici: (url, connections) => {
    const pool = new Pool(url.origin, { connections, pipelining: 1 });
    return {
      send: async ({ path, body }) => {
        const response = await pool.request({ path, method: 'POST', body, headers: HEADERS });
        return { status: response.statusCode, text: await response.body.text() };
      },
      close: () => pool.close(),
    };
  },
};

/** A client for `url` with at most `connections` requests under way. */
export function createClient(name: ClientName, url: URL, connections: number): Client {
  return CLIENTS[name](url, connections);
}
