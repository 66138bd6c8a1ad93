/** Servers whose every answer is known, each in a process of its own (known-server-process.ts), and what they tell of themselves. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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

/** What the server itself saw since it was last asked to forget, in milliseconds. */
export const ServerReport = v.object({
  requests: v.number(),
  /** Median time from a request's arrival to its answer. */
  medianMs: v.number(),
  /** The 90th percentile of how much later than its behaviour says the server answered. */
  p90LateMs: v.number(),
});
export type ServerReport = v.InferOutput<typeof ServerReport>;

/** What the server is told. `forget` is answered with `{}` when it has forgotten. */
export const Order = v.picklist(['forget', 'report']);
export type Order = v.InferOutput<typeof Order>;

/** The first message of its process. */
const Listening = v.object({ port: v.number() });

/** How long a server may take to start or to answer an order, in milliseconds. */
const TIMEOUT_MS = 10_000;

export interface KnownServer {
  readonly url: string;
  readonly pid: number;
  /** What it did since it was last told to forget. */
  report(): Promise<ServerReport>;
  /** Lets it begin anew: the next request is its first. */
  forget(): Promise<void>;
  stop(): Promise<void>;
}

/** Resolves when the server listens. It runs on the servers' core, if cores were chosen. Nothing is left running on failure. */
export async function startKnownServer(behaviour: Behaviour, cores: Cores | null): Promise<KnownServer> {
  const child = fork(join(import.meta.dirname, 'known-server-process.ts'), [JSON.stringify(behaviour)]);
  const exit = once(child, 'exit');
  const answer = async (order?: Order): Promise<unknown> => {
    const message = once(child, 'message');
    if (order !== undefined) child.send(order);
    const failed = Promise.race([exit, sleep(TIMEOUT_MS, undefined, { ref: false })]).then(() => {
      throw new Error(`known server: expected an answer to ${order ?? 'its start'} in ${TIMEOUT_MS} ms, got none`);
    });
    const [body] = await Promise.race([message, failed]);
    return body;
  };
  const stop = async () => {
    child.kill();
    await exit;
  };
  try {
    const { port } = v.parse(Listening, await answer());
    const pid = child.pid ?? 0;
    if (cores !== null) pin(pid, cores.servers);
    return {
      url: `http://127.0.0.1:${port}`,
      pid,
      report: async () => v.parse(ServerReport, await answer('report')),
      forget: async () => void (await answer('forget')),
      stop,
    };
  } catch (cause) {
    await stop();
    throw cause;
  }
}
