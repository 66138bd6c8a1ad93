/** A cheap route alone, and beside a heavy one on the same subject: whether the one suffers from the other. */
import { pinFirstThread } from '../arms/processes.ts';
import { type Generator, startGenerator } from '../load/start-generator.ts';
import { HEALTH } from '../load/workloads.ts';
import { measureWindow, type WindowSpec } from './measure-window.ts';
import type { Start } from './session.ts';
import { HEAVY_WORKLOAD, mixed } from './specs.ts';
import type { RunningSubject } from './subject.ts';

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
        if (spec.beside === undefined) await measureWindow(start, subject, spec);
        else await measureBeside(start, subject, { spec, heavy });
      }
    }
  } finally {
    heavy.stop();
  }
}

async function measureBeside(
  start: Start,
  subject: RunningSubject,
  { spec, heavy }: { spec: WindowSpec; heavy: Generator },
): Promise<void> {
  const beside: WindowSpec = {
    experiment: 'mixed',
    workload: HEAVY_WORKLOAD,
    client: spec.client,
    load: { kind: 'closed', connections: HEAVY_CONNECTIONS },
    durationMs: spec.durationMs,
    round: spec.round,
    beside: HEALTH,
    generator: heavy,
  };
  await Promise.all([measureWindow(start, subject, spec), measureWindow(start, subject, beside)]);
}
