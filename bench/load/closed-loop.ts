/**
 * A closed loop: each of `connections` workers sends, waits for the answer, and sends again until the time is up. It
 * measures service time and throughput; a stall of the server slows the load down with it, so it says nothing about
 * response time under a given load.
 */
import type { Client, Payload } from './client.ts';
import type { Clock } from './clock.ts';
import { type LoopResult, Recorder } from './recorder.ts';

export interface ClosedLoopOptions {
  readonly client: Pick<Client, 'send'>;
  readonly clock: Clock;
  readonly next: () => Payload;
  readonly connections: number;
  /** No request is sent after this long, in milliseconds; those under way are waited for. */
  readonly durationMs: number;
}

const US_PER_MS = 1000;

export async function runClosedLoop(options: ClosedLoopOptions): Promise<LoopResult> {
  const { client, clock, next, connections, durationMs } = options;
  const recorder = new Recorder(client, clock);
  const endUs = durationMs * US_PER_MS;
  const worker = async () => {
    while (recorder.nowUs() < endUs) await recorder.send(next());
  };
  const stop = new AbortController();
  const workers = Promise.all(Array.from({ length: connections }, worker));
  // A server that hangs keeps its workers waiting: the recorder's time-out ends the window without them.
  await Promise.race([workers, clock.waitUntil(clock.nowUs() + endUs, stop.signal)]);
  stop.abort();
  return recorder.finish();
}
