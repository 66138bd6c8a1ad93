/** Starts known servers, each as a process of its own, and asks them what they did. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { type Cores, pin } from '../arms/processes.ts';
import { type Behaviour, Listening, type Order, ServerReport } from './behaviour.ts';

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
  const child = fork(join(import.meta.dirname, 'known-server.ts'), [JSON.stringify(behaviour)]);
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
