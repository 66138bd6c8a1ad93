/** The load generator's process: answers each window asked of it over IPC, and ends with the process that asked. */
import * as v from 'valibot';
import { createClient } from './client.ts';
import { runClosedLoop } from './closed-loop.ts';
import { payloads } from './payloads.ts';
import { WindowRequest, type WindowResult } from './window.ts';

const US_PER_MS = 1000;

async function runWindow(request: WindowRequest): Promise<WindowResult> {
  const { connections, durationMs } = request;
  const client = createClient(request.client, new URL(request.url), connections);
  const options = {
    client,
    payloads: payloads(request.subject, request.model),
    connections,
    durationMs,
    nowMs: () => performance.now(),
  };
  const before = process.cpuUsage();
  const result = await runClosedLoop(options);
  const used = process.cpuUsage(before);
  await client.close();
  return { ...result, clientCpuMs: (used.user + used.system) / US_PER_MS };
}

process.on('message', async (message) => process.send?.(await runWindow(v.parse(WindowRequest, message))));
process.on('disconnect', () => process.exit());
