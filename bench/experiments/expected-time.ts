/** How far a run is: the time that its windows and starts take, as far as that is known beforehand. */
import type { RunPlan } from './plan.ts';
import { mixed, payloadWindows } from './specs.ts';
import { HEAT_PASSES } from './warm-up.ts';

/** What the start of a subject takes, one cold start, and one profile of a Worker's start-up, in milliseconds. */
export const STARTING_MS = 800;
export const COLD_START_MS = 500;
export const STARTUP_MS = 4000;

/** Passes of a warm-up on a machine that others share. */
const USUAL_PASSES = 5;

/** Probes of a search for the highest rate, and Workers whose footprint is measured. */
const PROBES = 24;
const WORKERS = 3;

/** A function that adds to the time that is done, and answers with the share of the plan that was done before. */
export function createStopwatch(plan: RunPlan): (ms: number) => number {
  const totalMs = expectedMs(plan);
  let doneMs = 0;
  return (ms) => {
    const share = Math.min(doneMs / totalMs, 1);
    doneMs += ms;
    return share;
  };
}

function expectedMs(plan: RunPlan): number {
  const { profile, subjects, coldStartArms } = plan;
  const { openWindowMs } = profile;
  const sum = (of: (subject: (typeof subjects)[number]) => number) => subjects.reduce((ms, one) => ms + of(one), 0);
  return (
    profile.starts * sum((subject) => startMs(plan, payloadWindows(plan, subject).length)) +
    profile.mixedStarts * sum((subject) => mixed(plan, subject).length * openWindowMs) +
    profile.maxRateStarts * subjects.length * PROBES * openWindowMs +
    coldStartArms.length * profile.coldStarts * COLD_START_MS +
    WORKERS * profile.footprintStarts * STARTUP_MS
  );
}

/** One start of one subject. */
function startMs({ profile }: RunPlan, payloads: number): number {
  const { rounds, connections, warmUpMs, windowMs, loadShares, openWindowMs } = profile;
  const windows = rounds + connections.length + payloads;
  return STARTING_MS + (HEAT_PASSES + USUAL_PASSES) * warmUpMs + windows * windowMs + loadShares.length * openWindowMs;
}
