/**
 * A closed loop: each of `connections` workers sends, waits for the answer, and sends again until the time is up. It
 * measures service time and throughput; a stall of the server slows the load down with it, so it says nothing about
 * response time under a given load.
 */
import type { Client } from './client.ts';
import type { Payload } from './payloads.ts';
import type { WindowResult } from './window.ts';

export interface ClosedLoopOptions {
  readonly client: Pick<Client, 'send'>;
  readonly payloads: readonly Payload[];
  readonly connections: number;
  /** No request is sent after this long, in milliseconds; those under way are waited for. */
  readonly durationMs: number;
  /** A monotonic clock in milliseconds. */
  readonly nowMs: () => number;
}

export async function runClosedLoop(options: ClosedLoopOptions): Promise<Omit<WindowResult, 'clientCpuMs'>> {
  const { client, payloads, connections, durationMs, nowMs } = options;
  const latenciesUs: number[] = [];
  let errors = 0;
  let next = 0;
  const startMs = nowMs();

  const worker = async () => {
    while (nowMs() - startMs < durationMs) {
      const payload = payloads[next % payloads.length];
      if (payload === undefined) throw new Error('expected at least one payload, got none');
      next += 1;
      const sentMs = nowMs();
      const right = await answersRight(client, payload);
      latenciesUs.push(Math.round((nowMs() - sentMs) * 1000));
      if (!right) errors += 1;
    }
  };

  await Promise.all(Array.from({ length: connections }, worker));
  return { latenciesUs, elapsedMs: nowMs() - startMs, errors };
}

async function answersRight(client: Pick<Client, 'send'>, payload: Payload): Promise<boolean> {
  try {
    const { status, text } = await client.send(payload);
    return payload.isRight(status, text);
  } catch {
    return false;
  }
}
