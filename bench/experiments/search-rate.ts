/** The search for the highest rate that a subject keeps within its objective: probes of Poisson arrivals, each a record. */
import { setTimeout as sleep } from 'node:timers/promises';
import { keepsObjective, OBJECTIVE } from '../analysis/window-summary.ts';
import { findMaxRate, type Rates, requestsNeeded, type Step } from '../stats/max-rate.ts';
import { measureWindow } from './measure-window.ts';
import type { RunningSubject, Start } from './session.ts';
import { open, type WindowSpec } from './windows.ts';

/** Time without load after each probe, in milliseconds: what a rate that was too high left behind is worked off. */
const DRAIN_MS = 300;

/**
 * Requests over the objective that a probe has room for: a collection of garbage makes several late at once, so it has some
 * collections in it; and the fewest, where the longest probe is too short for that.
 */
const [OVERRUNS, LEAST_OVERRUNS] = [100, 5];

/** Length of a probe in windows of an open loop at the least. */
const PROBE_WINDOWS = 2;

/** How far up a search goes, in units of where it begins. */
const MOST = 16;

/** Where it begins in requests a second, and the longest probe: a rate that needs a longer one does not hold. */
interface RateSearch extends Partial<Omit<Rates, 'startRate' | 'maxRate'>> {
  readonly startRate: number;
  readonly longestMs?: number;
}

/** Searches up and down from a rate. The analysis reads the same answer from the records. */
export function searchRate(
  start: Start,
  subject: RunningSubject,
  what: Pick<WindowSpec, 'experiment' | 'cell'>,
  { startRate: first, longestMs = Number.POSITIVE_INFINITY, ...how }: RateSearch,
): Promise<number | null> {
  const leastMs = PROBE_WINDOWS * start.plan.profile.openWindowMs;
  const neededMs = (rate: number, overruns: number) => (requestsNeeded(overruns, OBJECTIVE.percentile) / rate) * 1000;
  let round = 0;
  const probe = async (rate: number, step: Step) => {
    round += 1;
    // The first is measured whatever its rate, so that the search is in the records.
    if (neededMs(rate, LEAST_OVERRUNS) > longestMs && round > 1) return false;
    const durationMs = Math.min(Math.max(leastMs, neededMs(rate, OVERRUNS)), longestMs);
    const spec = { ...open(start.plan, rate), ...what, durationMs, round, step };
    const record = await measureWindow(start, subject, spec);
    await sleep(DRAIN_MS);
    return keepsObjective(record);
  };
  const startRate = Math.max(1, Math.round(first));
  return findMaxRate(probe, { startRate, maxRate: startRate * MOST, ...how });
}
