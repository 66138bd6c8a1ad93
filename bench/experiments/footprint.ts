/** What each Worker is made of and takes at its start: bundle, start-up CPU, isolate. */
import { buildRoot } from '../../models/build/options.ts';
import { askedModel } from '../arms/arms.ts';
import { measureStartup } from '../meters/startup.ts';
import { STARTUP_MS } from './expected-time.ts';
import { LIMITED_WORKERS, measureIsolate } from './limits.ts';
import type { Session } from './session.ts';

/** Writes down the footprint of every Worker that is deployed. */
export async function measureFootprints({ plan, run, progress, advance }: Session): Promise<void> {
  const root = buildRoot(plan.build);
  const starts = plan.profile.footprintStarts;
  for (const worker of LIMITED_WORKERS) {
    const onRun = (start: number) =>
      progress.show({ phase: `start-up of ${worker}`, done: advance(STARTUP_MS), start, starts });
    const { activeMs, ...bundle } = await measureStartup({ worker, root, runs: starts, onRun });
    const isolate = await measureIsolate({ worker, root, model: askedModel(plan.build) });
    run.write({ kind: 'footprint', worker, ...bundle, startupMs: [...activeMs], ...isolate });
  }
}
