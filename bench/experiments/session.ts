/** What the experiments share: the plan, the generator, where records go, and how far the run is. */
import type { Generator } from '../load/start-generator.ts';
import type { Progress } from '../report/progress.ts';
import type { OpenRun } from '../run/run-folder.ts';
import type { RunPlan } from './plan.ts';
import { closedWindows, mixed } from './windows.ts';

/** What lasts for the whole run. */
export interface Session {
  readonly plan: RunPlan;
  readonly run: OpenRun;
  readonly generator: Generator;
  /** Shows what comes next, and that it takes `ms` of the run. */
  show(phase: string, ms: number): void;
}

/** One start of all subjects. */
export interface Start extends Session {
  /** From 1. */
  readonly start: number;
}

/** What the start of a subject takes, one cold start, and one profile of a Worker's start-up, in milliseconds. */
export const STARTING_MS = 300;
export const COLD_START_MS = 500;
export const STARTUP_MS = 4000;

/** Passes of a warm-up on a machine that others share, those of heating among them. */
const USUAL_PASSES = 7;

/** Probes of a search for the highest rate, and Workers whose footprint is measured. */
const PROBES = 24;
const WORKERS = 3;

/** A function that shows each phase with the share of the plan that is done before it. */
export function createShow(plan: RunPlan, progress: Progress): Session['show'] {
  const totalMs = expectedMs(plan);
  let doneMs = 0;
  return (phase, ms) => {
    progress.show({ phase, done: Math.min(doneMs / totalMs, 1) });
    doneMs += ms;
  };
}

/** The time that windows and starts take, as far as it is known beforehand. */
function expectedMs(plan: RunPlan): number {
  const { starts, warmUpMs, openWindowMs, loadShares, maxRateStarts, coldStarts, footprintStarts } = plan.profile;
  const openWindows = starts * loadShares.length + maxRateStarts * PROBES;
  const ofSubjects = plan.subjects.map((subject) => {
    const windows = [...closedWindows(plan, subject), ...mixed(plan, subject)];
    const windowsMs = windows.reduce((ms, { durationMs }) => ms + durationMs, 0);
    return starts * (STARTING_MS + USUAL_PASSES * warmUpMs + windowsMs) + openWindows * openWindowMs;
  });
  const alone = plan.coldStartArms.length * coldStarts * COLD_START_MS + WORKERS * footprintStarts * STARTUP_MS;
  return ofSubjects.reduce((sum, ms) => sum + ms, alone);
}
