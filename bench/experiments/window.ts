/** One measuring window: a closed loop against one subject, with the CPU that client and servers used meanwhile. */
import { type ClientName, createClient } from '../load/client.ts';
import { type ClosedLoopResult, runClosedLoop } from '../load/closed-loop.ts';
import { payloads } from '../load/payloads.ts';
import { cpuTimeMs } from '../meters/cpu.ts';
import type { RunningSubject } from './subject.ts';

export interface WindowOptions {
  readonly client: ClientName;
  readonly connections: number;
  readonly durationMs: number;
}

export interface WindowResult extends ClosedLoopResult {
  readonly clientCpuMs: number;
  /** Null where it cannot be measured. */
  readonly serverCpuMs: number | null;
}

const US_PER_MS = 1000;

export async function measureWindow(subject: RunningSubject, options: WindowOptions): Promise<WindowResult> {
  const { connections, durationMs } = options;
  const client = createClient(options.client, subject.url, connections);
  const before = { client: process.cpuUsage(), server: cpuTimeMs(subject.pids) };
  const nowMs = () => performance.now();
  const loop = await runClosedLoop({ client, payloads: payloads(subject.name), connections, durationMs, nowMs });
  const used = process.cpuUsage(before.client);
  const server = cpuTimeMs(subject.pids);
  await client.close();
  return {
    ...loop,
    clientCpuMs: (used.user + used.system) / US_PER_MS,
    serverCpuMs: server === null || before.server === null ? null : server - before.server,
  };
}
