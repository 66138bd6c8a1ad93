/** A whole run: all that its plan asks for, one thing after the other, written down at once; and how far it is. */
import { startGenerator } from '../load/start-generator.ts';
import { peakMemoryMiB } from '../meters/process.ts';
import type { Progress } from '../report/progress.ts';
import type { OpenRun } from '../run/run-folder.ts';
import { runComparison } from './comparison.ts';
import { faultMs, runFaults } from './faults.ts';
import { arrangementsOf, runGrid } from './grid.ts';
import { COLD_START_MS, type RunPlan, STARTING_MS, STARTUP_MS } from './plan.ts';
import type { Session } from './session.ts';
import { closedWindows, mixed } from './windows.ts';

/**
 * Measures everything in the plan, and answers the peak memory of the generator in MiB, where that is known. Rejects
 * when a subject cannot be measured, and leaves nothing running; what was measured until then is in the records.
 */
export async function measure(plan: RunPlan, run: OpenRun, progress: Progress): Promise<number | null> {
  const generator = await startGenerator(plan.cores?.client);
  const session: Session = { plan, run, generator, show: createShow(plan, progress) };
  let peakMiB: number | null;
  try {
    await runComparison(session);
    if (plan.profile.grid !== undefined) await runGrid(session, plan.profile.grid);
    peakMiB = peakMemoryMiB(generator.pid);
  } finally {
    generator.stop();
  }
  // Loaded on demand: they bring Miniflare into this process.
  if (plan.profile.coldStarts > 0) await (await import('./cold-start.ts')).runColdStarts(session);
  if (plan.profile.footprintStarts > 0) await (await import('./limits.ts')).measureFootprints(session);
  if (plan.faultyArms.length > 0) await runFaults(session);
  return peakMiB;
}

/** Passes of a usual warm-up, those of heating among them; probes of a search; Workers whose footprint is measured. */
const [USUAL_PASSES, PROBES, WORKERS] = [7, 24, 3];

/** A function that shows each phase with the share of the plan that is done before it. */
function createShow(plan: RunPlan, progress: Progress): Session['show'] {
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
  const coldStartsMs = plan.coldStartArms.length * coldStarts * COLD_START_MS;
  const alone = coldStartsMs + WORKERS * footprintStarts * STARTUP_MS + faultMs(plan);
  return ofSubjects.reduce((sum, ms) => sum + ms, alone) + gridMs(plan);
}

/** Probes of a search in a cell, and what each takes with what is around it, in milliseconds. */
const [CELL_PROBES, PROBE_MS] = [7, 2500];

function gridMs(plan: RunPlan): number {
  const { grid, warmUpMs } = plan.profile;
  if (grid === undefined) return 0;
  const all = arrangementsOf(plan, grid);
  const cells = all.reduce((sum, { cells }) => sum + cells.length, 0);
  return grid.starts * (all.length * USUAL_PASSES * warmUpMs + cells * CELL_PROBES * PROBE_MS);
}
