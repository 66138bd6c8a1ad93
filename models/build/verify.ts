/**
 * Runs the bundles on workerd and holds every model's answers against its golden file. It asks the predictor Worker by
 * RPC, which carries every datatype, and the combined one whether its models are ready: both hold the same artefact.
 */
import type { Predictor } from '../../shared/predictor.ts';
import type { ModelFolder } from './model-folder.ts';
import { startWorkers } from './start-workers.ts';
import { verifyModel } from './verify-deployment.ts';

/** Rejects when a Worker of the build under `root` does not start or an answer is not the golden one. */
export async function verify(models: readonly ModelFolder[], root: string): Promise<void> {
  const names = ['combined', 'gateway', 'predictor'] as const;
  const workers = await startWorkers(names.map((worker) => ({ worker, root })));
  try {
    const { PREDICTOR } = await workers.miniflare.getBindings<{ PREDICTOR: Predictor }>('tandem-gateway');
    for (const model of models) await verifyModel(PREDICTOR, model);
    const ready = await fetch(new URL('/v2/health/ready', workers.url));
    if (!ready.ok) throw new Error(`combined Worker: expected it ready, got ${ready.status} ${await ready.text()}`);
  } finally {
    await workers.stop();
  }
}
