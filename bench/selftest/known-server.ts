/**
 * Servers whose every answer is known, each in a process of its own, which runs this file with the behaviour as its
 * argument. It waits by a timer and a loop at the end, because a bare timer is late by up to two milliseconds, and tells
 * how late it really was. It ends with the process that started it.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import * as v from 'valibot';
import { type Cores, freePort, HOST, pin } from '../arms/processes.ts';
import { createClock } from '../load/loops.ts';
import { quantile } from '../stats/distributions.ts';

const Behaviour = v.object({
  /** Answers each request so long after it came, side by side with others. 0 answers at once. */
  delayMs: v.number(),
  /** One worker that serves first come, first served, and takes that delay for each request. */
  inTurn: v.optional(v.boolean()),
  /** From `afterMs` after the first request on it does nothing at all for `stallMs`. */
  stall: v.optional(v.object({ afterMs: v.number(), stallMs: v.number() })),
});
export type Behaviour = v.InferOutput<typeof Behaviour>;

export interface KnownServer {
  readonly url: string;
  /**
   * The 90th percentile of how much later than its behaviour says the server has answered since it was last asked, in
   * milliseconds. It begins anew: the next request is its first.
   */
  p90LateMs(): Promise<number>;
}

/** How long a server may take to start or to tell, in milliseconds. */
const TIMEOUT_MS = 10_000;

type Job<T> = (server: KnownServer) => Promise<T>;

/** Runs `job` on a fresh server, on the servers' core if cores were chosen. The server is ended whatever happens. */
export async function withKnownServer<T>(behaviour: Behaviour, cores: Cores | null, job: Job<T>): Promise<T> {
  const port = await freePort(0);
  const child = fork(import.meta.filename, [JSON.stringify(behaviour), String(port)]);
  const exit = once(child, 'exit');
  const answer = async (): Promise<unknown> => {
    const gone = exit.then(() => Promise.reject(new Error('known server: expected an answer, but it ended')));
    const message = once(child, 'message', { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const [body] = await Promise.race([message, gone]);
    return body;
  };
  try {
    await answer();
    if (cores !== null && child.pid !== undefined) pin(child.pid, cores.servers);
    const p90LateMs = async () => {
      child.send('late');
      return v.parse(v.number(), await answer());
    };
    return await job({ url: `http://${HOST}:${port}`, p90LateMs });
  } finally {
    child.kill();
    await exit;
  }
}

const US_PER_MS = 1000;

/** The empty Worker's answer, which the load generator knows to be right. */
const ANSWER = '{"prediction":0}';
const HEADERS = { 'content-type': 'application/json', 'content-length': ANSWER.length };

/** Longer than any pause of a self-test: a connection that the server closes would count as a failure. */
const KEEP_ALIVE_MS = 60_000;

/** The server's process: any message asks how late it was. */
function serve({ delayMs, inTurn, stall }: Behaviour, port: number): void {
  const clock = createClock();
  let [isFirst, freeUs] = [true, 0];
  let lateMs: number[] = [];
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, async (request, response) => {
    const arrivedUs = clock.nowUs();
    if (isFirst && stall !== undefined) setTimeout(block, stall.afterMs, stall.stallMs);
    isFirst = false;
    // After the time when the work before should have been done and not when it was: lateness does not add up.
    const dueUs = (inTurn ? Math.max(freeUs, arrivedUs) : arrivedUs) + delayMs * US_PER_MS;
    freeUs = dueUs;
    request.resume();
    await clock.waitUntil(dueUs);
    lateMs.push((clock.nowUs() - dueUs) / US_PER_MS);
    response.writeHead(200, HEADERS).end(ANSWER);
  });
  process.on('message', () => {
    process.send?.(quantile(lateMs, 0.9) ?? 0);
    [lateMs, isFirst] = [[], true];
  });
  process.on('disconnect', () => process.exit());
  server.listen(port, HOST, () => process.send?.('listening'));
}

/** Holds the whole process up, as a long garbage collection does. */
function block(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, durationMs);
}

const [, program, behaviour = '', port] = process.argv;
if (program === import.meta.filename) serve(v.parse(Behaviour, JSON.parse(behaviour)), Number(port));
