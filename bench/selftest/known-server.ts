/** Servers whose every answer is known, each in a process of its own (known-server-process.ts), and what they tell of themselves. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import * as v from 'valibot';
import { type Cores, pin } from '../arms/processes.ts';

/** What a known server does. */
export const Behaviour = v.variant('kind', [
  /** Answers each request so long after it came, side by side with others. 0 answers at once. */
  v.object({ kind: v.literal('delay'), delayMs: v.number() }),
  /** The same, but from `afterMs` after the first request on it does nothing at all for `stallMs`. */
  v.object({ kind: v.literal('stall'), delayMs: v.number(), afterMs: v.number(), stallMs: v.number() }),
  /** One worker that serves first come, first served, so long for each request. */
  v.object({ kind: v.literal('queue'), serviceMs: v.number() }),
]);
export type Behaviour = v.InferOutput<typeof Behaviour>;

/** What the server itself saw since its last report, in milliseconds. */
export const ServerReport = v.object({
  /** Median time from a request's arrival to its answer. */
  medianMs: v.number(),
  /** The 90th percentile of how much later than its behaviour says the server answered. */
  p90LateMs: v.number(),
});
export type ServerReport = v.InferOutput<typeof ServerReport>;

/** How long a server may take to start or to report, in milliseconds. */
const TIMEOUT_MS = 10_000;

export interface KnownServer {
  readonly url: string;
  /** What it did since the last report. It begins anew: the next request is its first. */
  report(): Promise<ServerReport>;
}

/** Runs `job` on a fresh server, on the servers' core if cores were chosen. The server is ended whatever happens. */
export async function withKnownServer<T>(
  behaviour: Behaviour,
  cores: Cores | null,
  job: (server: KnownServer) => Promise<T>,
): Promise<T> {
  const child = fork(join(import.meta.dirname, 'known-server-process.ts'), [JSON.stringify(behaviour)]);
  const ended = new AbortController();
  const exit = once(child, 'exit').then(() => ended.abort());
  const answer = async (): Promise<unknown> => {
    const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const [body] = await once(child, 'message', { signal }).catch(() => {
      throw new Error(`known server: expected an answer within ${TIMEOUT_MS} ms, got none`);
    });
    return body;
  };
  try {
    const { port } = v.parse(v.object({ port: v.number() }), await answer());
    if (cores !== null && child.pid !== undefined) pin(child.pid, cores.servers);
    const report = async () => {
      child.send('report');
      return v.parse(ServerReport, await answer());
    };
    return await job({ url: `http://127.0.0.1:${port}`, report });
  } finally {
    child.kill();
    await exit;
  }
}
