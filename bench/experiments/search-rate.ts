/** The search for the highest rate that a subject keeps within its objective: probes of Poisson arrivals, each a record. */
import { setTimeout as sleep } from 'node:timers/promises';
import { keepsObjective, OBJECTIVE } from '../analysis/window-summary.ts';
import { findMaxRate, type Rates, requestsNeeded, type Step } from '../stats/max-rate.ts';
import { measureWindow } from './measure-window.ts';
import type { RunningSubject, Start } from './session.ts';
import { open, type WindowSpec } from './windows.ts';

/** Time without load after each probe, in milliseconds: what a rate that was too high left behind is worked off. */
const DRAIN_MS = 300;

/** Requests over the objective that a probe has room for, as a collection of garbage makes several late at once. */
const OVERRUNS = 100;

/** Length of a probe: so many windows of an open loop at the least, and so many ms at the most, whatever the rate. */
const [LEAST_WINDOWS, MOST_MS] = [2, 8000];

/** How far up a search goes, in units of where it begins. */
const MOST = 16;

/** Searches up and down from a rate in requests a second. The analysis reads the same answer from the records. */
export function searchRate(
  start: Start,
  subject: RunningSubject,
  what: Pick<WindowSpec, 'experiment' | 'cell'>,
  { startRate: first, ...how }: Omit<Rates, 'maxRate'>,
): Promise<number | null> {
  const leastMs = LEAST_WINDOWS * start.plan.profile.openWindowMs;
  let round = 0;
  const probe = async (rate: number, step: Step) => {
    round += 1;
    const neededMs = (requestsNeeded(OVERRUNS, OBJECTIVE.percentile) / rate) * 1000;
    const durationMs = Math.min(Math.max(leastMs, neededMs), MOST_MS);
    const record = await measureWindow(start, subject, { ...open(start.plan, rate), ...what, durationMs, round, step });
    await sleep(DRAIN_MS);
    return keepsObjective(record);
  };
  const startRate = Math.max(1, Math.round(first));
  return findMaxRate(probe, { startRate, maxRate: startRate * MOST, ...how });
}
