/** The load generator's process: answers each window asked of it over IPC, and ends with the process that asked. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { type Client, createClient, type Payload } from './client.ts';
import { type Clock, createClock } from './clock.ts';
import { makeSchedule, payloadSequence, runClosedLoop, runOpenLoop, TIMEOUT_MS } from './loops.ts';
import { payloads } from './payloads.ts';
import { BEGIN, type Load, PREPARED, READY, WindowRequest, type WindowResult } from './window.ts';

const US_PER_MS = 1000;

/** Connections that are open before an open loop begins; it opens more where it needs them. */
const OPEN_LOOP_CONNECTIONS = 8;

type Payloads = readonly [Payload, ...Payload[]];
type LoopTools = { readonly client: Client; readonly clock: Clock };

/** The loop of a window with its schedule and its sequence of payloads, so that nothing of them counts. */
function loopOf({ load, durationMs, seed }: WindowRequest, asked: Payloads, { client, clock }: LoopTools) {
  const next = payloadSequence(asked, seed);
  if (load.kind === 'closed') {
    return () => runClosedLoop({ client, clock, next, connections: load.connections, durationMs });
  }
  const scheduleUs = makeSchedule({ ...load, durationMs, seed });
  return () => runOpenLoop({ client, clock, next, scheduleUs });
}

/** Everything that comes before a window: it begins when the result is called. */
async function prepareWindow(request: WindowRequest): Promise<() => Promise<WindowResult>> {
  const { load } = request;
  const client = createClient(request.client, new URL(request.url), load.kind === 'closed' ? load.connections : null);
  const clock = createClock();
  const asked = payloads(request.subject, request.workload);
  const run = loopOf(request, asked, { client, clock });
  await openConnections(client, load, asked);
  // What earlier windows left behind is collected here, not within this one.
  globalThis.gc?.();
  return async () => {
    const busy = performance.eventLoopUtilization();
    const before = process.cpuUsage();
    const result = await run();
    const used = process.cpuUsage(before);
    const { utilization } = performance.eventLoopUtilization(busy);
    await client.close();
    const clientCpuMs = (used.user + used.system) / US_PER_MS;
    return { ...result, clientCpuMs, spinMs: clock.spentUs() / US_PER_MS, eventLoopUtilization: utilization };
  };
}

/** One request on each connection that the window will use: a connect is not what is measured. A failure shows later. */
async function openConnections(client: Client, load: Load, [payload]: Payloads): Promise<void> {
  const connections = load.kind === 'closed' ? load.connections : OPEN_LOOP_CONNECTIONS;
  const sent = Array.from({ length: connections }, () => client.send(payload).catch(() => undefined));
  await Promise.race([Promise.all(sent), sleep(TIMEOUT_MS)]);
}

let begin: (() => Promise<WindowResult>) | undefined;

process.on('message', async (message) => {
  if (message === BEGIN) return void process.send?.(await begin?.());
  begin = await prepareWindow(v.parse(WindowRequest, message));
  process.send?.(PREPARED);
});
process.on('disconnect', () => process.exit());
process.send?.(READY);
