/** Loads of many windows: a search for the highest rate within the objective, and a cheap route beside a heavy one. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isWithin, OBJECTIVE } from '../analysis/window-summary.ts';
import { pinFirstThread } from '../arms/processes.ts';
import { startGenerator } from '../load/start-generator.ts';
import { ownFault } from '../load/window.ts';
import { HEALTH } from '../load/workloads.ts';
import { findMaxRate, requestsNeeded } from '../stats/max-rate.ts';
import { measureWindow } from './measure-window.ts';
import type { RunningSubject, Start } from './session.ts';
import { HEAVY_WORKLOAD, mixed, open } from './windows.ts';

/** Time without load after each probe, in milliseconds: what a rate that was too high left behind is worked off. */
const DRAIN_MS = 300;

/** Length of a probe in windows of an open loop, and requests over the objective that it has room for at the least. */
const PROBE_WINDOWS = 2;
const OVERRUNS = 5;

/** Searches up and down from a rate in requests a second. Every probe is a record; the analysis reads the answer. */
export async function searchMaxRate(start: Start, subject: RunningSubject, rate: number): Promise<void> {
  const { plan } = start;
  const startRate = Math.max(1, Math.round(rate));
  const requests = requestsNeeded(OVERRUNS, OBJECTIVE.percentile);
  let round = 0;
  const probe = async (rate: number, step: 'search' | 'confirm') => {
    round += 1;
    const durationMs = Math.max(PROBE_WINDOWS * plan.profile.openWindowMs, (requests / rate) * 1000);
    const spec = { ...open(plan, rate), experiment: 'max-rate', durationMs, round, step } as const;
    const record = await measureWindow(start, subject, spec);
    await sleep(DRAIN_MS);
    return isWithin(record) && ownFault(record) === null;
  };
  await findMaxRate(probe, { startRate, maxRate: startRate * 16 });
}

/** What loads the model beside the cheap route: one connection keeps the server busy, not the client. */
const HEAVY = { workload: HEAVY_WORKLOAD, load: { kind: 'closed', connections: 1 }, beside: HEALTH } as const;

/** Each subject with both routes, alone first in every other start. The second load has a generator of its own. */
export async function measureMixed(start: Start, subjects: readonly RunningSubject[]): Promise<void> {
  const { cores } = start.plan;
  const heavy = await startGenerator();
  if (cores !== null) pinFirstThread(heavy.pid, cores.client);
  try {
    for (const subject of subjects) {
      const specs = mixed(start.plan, subject);
      for (const spec of start.start % 2 === 0 ? specs.toReversed() : specs) {
        const windows = [measureWindow(start, subject, spec)];
        if (spec.beside !== undefined) windows.push(measureWindow(start, subject, { ...spec, ...HEAVY }, heavy));
        await Promise.all(windows);
      }
    }
  } finally {
    heavy.stop();
  }
}
