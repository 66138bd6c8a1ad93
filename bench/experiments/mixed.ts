/** A cheap route alone, and beside a heavy one on the same subject: whether the one suffers from the other. */
import { pinFirstThread } from '../arms/processes.ts';
import { startGenerator } from '../load/start-generator.ts';
import { HEALTH } from '../load/workloads.ts';
import { measureWindow } from './measure-window.ts';
import type { Start } from './session.ts';
import { HEAVY_WORKLOAD, mixed, type WindowSpec } from './windows.ts';

/** Enough to keep the server busy, and little work for the client, whose core both loads share. */
const HEAVY_CONNECTIONS = 1;

/** Measures every subject that has both routes, one at a time, alone first in every other start. The second load comes from a generator of its own. */
export async function measureMixed(start: Start): Promise<void> {
  const { cores } = start.plan;
  const heavy = await startGenerator();
  if (cores !== null) pinFirstThread(heavy.pid, cores.client);
  try {
    for (const subject of start.subjects) {
      const specs = mixed(start.plan, subject);
      for (const spec of start.start % 2 === 0 ? specs.toReversed() : specs) {
        const windows = [measureWindow(start, subject, spec)];
        if (spec.beside !== undefined) windows.push(measureWindow(start, subject, besideOf(spec), heavy));
        await Promise.all(windows);
      }
    }
  } finally {
    heavy.stop();
  }
}

/** The load on the heavy route for as long as the window takes. */
function besideOf({ client, durationMs, round }: WindowSpec): WindowSpec {
  const load = { kind: 'closed', connections: HEAVY_CONNECTIONS } as const;
  return { experiment: 'mixed', workload: HEAVY_WORKLOAD, client, load, durationMs, round, beside: HEALTH };
}
