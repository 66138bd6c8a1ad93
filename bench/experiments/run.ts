/** A whole run: everything that its plan asks for, one thing after the other, written down as it is measured. */
import { pinFirstThread } from '../arms/processes.ts';
import { startGenerator } from '../load/start-generator.ts';
import { peakMemoryMiB } from '../meters/process.ts';
import type { Progress } from '../report/progress.ts';
import type { OpenRun } from '../run/run-folder.ts';
import { runComparison } from './comparison.ts';
import type { RunPlan } from './plan.ts';
import { createShow, type Session } from './session.ts';

/**
 * Measures everything in the plan, and answers with the peak memory of the generator in MiB, where that is known. Rejects
 * when a subject cannot be measured; what was measured until then is in the run's records. Nothing is left running
 * whatever happens.
 */
export async function measure(plan: RunPlan, run: OpenRun, progress: Progress): Promise<number | null> {
  const generator = await startGenerator();
  const session: Session = { plan, run, generator, show: createShow(plan, progress) };
  let peakMiB: number | null = null;
  try {
    if (plan.cores !== null) pinFirstThread(generator.pid, plan.cores.client);
    await runComparison(session);
    peakMiB = peakMemoryMiB(generator.pid);
  } finally {
    generator.stop();
  }
  // Loaded on demand: they bring Miniflare into this process.
  if (plan.profile.coldStarts > 0) await (await import('./cold-start.ts')).runColdStarts(session);
  if (plan.profile.footprintStarts > 0) await (await import('./limits.ts')).measureFootprints(session);
  return peakMiB;
}
