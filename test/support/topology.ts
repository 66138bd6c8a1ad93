/** Starts a deployment from any build, whatever models are in it. */
import { ARMS, type ArmName, isWorkerdArm, type ProcessPlan, TOPOLOGIES, WEB_ARMS } from '../../bench/arms/arms.ts';
import { startWorkerd } from '../../bench/arms/workerd.ts';
import { whyUnavailable } from '../../bench/peers/peers.ts';
import { startPeer } from '../../bench/peers/start-peer.ts';
import type { Question } from './ask.ts';

const LEFT_OUT = WEB_ARMS.flatMap((arm) => whyUnavailable(arm) ?? []);
if (LEFT_OUT.length > 0) process.stderr.write(`contract: ${LEFT_OUT.join('; ')}\n`);

/** All that must answer alike, of what is installed. */
export const DEPLOYMENTS = [...TOPOLOGIES, ...WEB_ARMS.filter((arm) => whyUnavailable(arm) === null)];

/** Whether the app is asked for the path as it was sent: Bun resolves dots in it first, as the URL standard has it. */
export function asksAsSent(deployment: ArmName, { path }: Question): boolean {
  return deployment !== 'bun' || !/\/(\.|%2e){1,2}(\/|$)/i.test(path);
}

export interface RunningTopology {
  readonly url: URL;
  stop(): Promise<void>;
}

/** `root` is the folder of the build. */
export function startTopology(topology: (typeof DEPLOYMENTS)[number], root: string): Promise<RunningTopology> {
  return isWorkerdArm(topology) ? startPlan(ARMS[topology], root) : startPeer(topology, 0, root);
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
