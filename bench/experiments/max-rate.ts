/** The highest rate at which a subject keeps the objective: open-loop windows at one rate after another. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isWithin, OBJECTIVE } from '../analysis/window-summary.ts';
import { ownFault } from '../load/window.ts';
import { findMaxRate, requestsNeeded } from '../stats/max-rate.ts';
import { measureWindow } from './measure-window.ts';
import type { Start } from './session.ts';
import type { RunningSubject } from './subject.ts';
import { open } from './windows.ts';

/** Time without load after each probe, in milliseconds: what a rate that was too high left behind is worked off. */
const DRAIN_MS = 300;

/** Length of a probe in windows of an open loop: a collection is then a small part of it. */
const PROBE_WINDOWS = 2;

/** Requests over the objective that a probe has room for. */
const OVERRUNS = 5;

/** Searches from `startRate` requests a second up to `maxRate`. Every probe is a record; the analysis reads the answer off. */
export async function searchMaxRate(start: Start, subject: RunningSubject, startRate: number): Promise<void> {
  const { plan } = start;
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
