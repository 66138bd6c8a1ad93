/** Starts a deployment from any build, whatever models are in it. */
import { ARMS, type ProcessPlan, type TOPOLOGIES } from '../../bench/arms/arms.ts';
import { startWorkerd } from '../../bench/arms/workerd.ts';

export interface RunningTopology {
  readonly url: URL;
  stop(): Promise<void>;
}

/** `root` is the folder of the build. */
export function startTopology(topology: (typeof TOPOLOGIES)[number], root: string): Promise<RunningTopology> {
  return startPlan(ARMS[topology], root);
}

async function startPlan({ workers, predictor }: ProcessPlan, root: string): Promise<RunningTopology> {
  const behind = predictor === undefined ? undefined : await startPlan(predictor, root);
  const url = behind === undefined ? {} : { PREDICTOR_URL: behind.url.origin };
  const front = await startWorkerd(workers.map((worker) => ({ ...worker, root, vars: { ...worker.vars, ...url } })));
  const stop = async () => {
    await front.stop();
    await behind?.stop();
  };
  return { url: front.url, stop };
}
