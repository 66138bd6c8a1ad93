/**
 * An open loop: requests are sent when they are due, whatever the server does, as users who know nothing of each other
 * send them. A stall of the server then delays every request that falls into it, and all of them count (Schroeder,
 * Wierman and Harchol-Balter, "Open Versus Closed", NSDI 2006).
 */
import type { Client, Payload } from './client.ts';
import type { Clock } from './clock.ts';
import { type LoopResult, Recorder } from './recorder.ts';

export interface OpenLoopOptions {
  readonly client: Pick<Client, 'send'>;
  readonly clock: Clock;
  readonly next: () => Payload;
  /** When requests are due, in microseconds since the window's start, rising. */
  readonly scheduleUs: readonly number[];
}

export async function runOpenLoop({ client, clock, next, scheduleUs }: OpenLoopOptions): Promise<LoopResult> {
  const recorder = new Recorder(client, clock);
  for (const dueUs of scheduleUs) {
    if (dueUs > recorder.nowUs()) await recorder.waitUntil(dueUs);
    void recorder.send(next(), dueUs);
  }
  return recorder.finish();
}
