/** The load generator's process: answers each window asked of it over IPC, and ends with the process that asked. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { createClient, inTurn } from './client.ts';
import { createClock, runClosedLoop, runOpenLoop, TIMEOUT_MS } from './loops.ts';
import { mixedPayloads } from './payloads.ts';
import { makeSchedule, payloadSequence } from './schedule.ts';
import { WindowRequest, type WindowResult } from './window.ts';

const US_PER_MS = 1000;

/** Connections that are open before an open loop begins; it opens more where it needs them. */
const OPEN_LOOP_CONNECTIONS = 8;

/** Everything that comes before a window, so that nothing of it counts: it begins when the result is called. */
async function prepareWindow(request: WindowRequest): Promise<() => Promise<WindowResult>> {
  const { load, durationMs, seed, objective, replicas = [] } = request;
  const connections = load.kind === 'closed' ? load.connections : null;
  const own = connections && Math.ceil(connections / (1 + replicas.length));
  const clientOf = (url: string) => createClient(request.client, new URL(url), own);
  const client = inTurn([clientOf(request.url), ...replicas.map(clientOf)]);
  const clock = createClock();
  const asked = mixedPayloads(request.subject, request.workload, request.cheapShare);
  const loop = { client, clock, next: payloadSequence(asked, seed) };
  const scheduleUs = load.kind === 'open' ? makeSchedule({ ...load, durationMs, seed }) : [];
  // One request on each connection that the window will use: a connect is not what is measured. A failure shows later.
  const opening = Array.from({ length: connections ?? OPEN_LOOP_CONNECTIONS }, () => client.send(asked[0]));
  await Promise.race([Promise.allSettled(opening), sleep(TIMEOUT_MS)]);
  // What earlier windows left behind is collected here, not within this one.
  globalThis.gc?.();
  return async () => {
    const busy = performance.eventLoopUtilization();
    const before = process.cpuUsage();
    const result = await (connections === null
      ? runOpenLoop({ ...loop, scheduleUs, objective })
      : runClosedLoop({ ...loop, connections, durationMs }));
    const used = process.cpuUsage(before);
    const { utilization } = performance.eventLoopUtilization(busy);
    await client.close();
    const clientCpuMs = (used.user + used.system) / US_PER_MS;
    return { ...result, clientCpuMs, spinMs: clock.spentUs() / US_PER_MS, eventLoopUtilization: utilization };
  };
}

let begin: (() => Promise<WindowResult>) | undefined;

process.on('message', async (message) => {
  if (message === 'begin') return void process.send?.(await begin?.());
  begin = await prepareWindow(v.parse(WindowRequest, message));
  process.send?.('prepared');
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
