/** Starts one arm, on workerd or as a peer's programs, and ends it again. */
import { type BuildOptions, buildRoot } from '../../models/build/options.ts';
import { type RunningWorkers, startWorkers } from '../../models/build/start-workers.ts';
import type { PeerName } from '../peers/peers.ts';
import { startPeer } from '../peers/start-peer.ts';
import {
  ARMS,
  type ArmName,
  askedModel,
  buildOf,
  isWorkerdArm,
  type ProcessPlan,
  type WorkerdArmName,
} from './arms.ts';
import { firstRightAnswer } from './first-answer.ts';
import { childrenMarked, MARK, withDescendants } from './processes.ts';

/** A process of an arm. One program may be several: they have the same role. */
export interface ArmProcess {
  /** What runs in it: names of Workers, joined by `+`, or of a peer's program. */
  readonly role: string;
  readonly pid: number;
}

export interface RunningArm {
  readonly arm: ArmName;
  readonly url: URL;
  /** Its server processes; empty where the system has no /proc. */
  readonly processes: readonly ArmProcess[];
  stop(): Promise<void>;
}

export interface StartArmOptions {
  /** Port of the arm; 0, the default, takes a free one. */
  readonly port?: number;
  /** Options of the build to start it from, which must be there. */
  readonly build?: BuildOptions;
}

/** Resolves when the arm has given its first right answer. Nothing is left running when it rejects. */
export async function startArm(arm: ArmName, { port = 0, build = {} }: StartArmOptions = {}): Promise<RunningArm> {
  const running = isWorkerdArm(arm) ? await startWorkerdArm(arm, port, build) : await startPeerArm(arm, port);
  try {
    await firstRightAnswer(arm, running.url, askedModel(build));
    return { arm, url: running.url, processes: running.processes(), stop: running.stop };
  } catch (cause) {
    await running.stop();
    throw cause;
  }
}

interface Started {
  readonly url: URL;
  /** Its processes, which are all there only once it has answered. */
  readonly processes: () => ArmProcess[];
  readonly stop: () => Promise<void>;
}

async function startPeerArm(arm: PeerName, port: number): Promise<Started> {
  const { url, stop, processes } = await startPeer(arm, port);
  const all = () => processes.flatMap(({ role, pid }) => withDescendants(pid).map((own) => ({ role, pid: own })));
  return { url, stop, processes: all };
}

let started = 0;

async function startWorkerdArm(arm: WorkerdArmName, port: number, build: BuildOptions): Promise<Started> {
  const running: RunningProcess[] = [];
  const stop = async () => {
    await Promise.all(running.map(({ workers }) => workers.stop()));
  };
  try {
    const { url } = await startProcess(ARMS[arm], { port, root: buildRoot(buildOf(arm, build)), running });
    const processes = () => running.flatMap(({ role, mark }) => childrenMarked(mark).map((pid) => ({ role, pid })));
    return { url, processes, stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

interface RunningProcess {
  readonly role: string;
  readonly mark: string;
  readonly workers: RunningWorkers;
}

interface ProcessStart {
  readonly port: number;
  readonly root: string;
  /** Collects what was started, in order. */
  readonly running: RunningProcess[];
}

async function startProcess(plan: ProcessPlan, start: ProcessStart): Promise<RunningWorkers> {
  const { port, root, running } = start;
  const vars: Record<string, string> = {};
  if (plan.predictor !== undefined) {
    vars.PREDICTOR_URL = (await startProcess(plan.predictor, { ...start, port: 0 })).url.origin;
  }
  const starts = plan.workers.map((worker, index) =>
    index === 0 ? { ...worker, root, vars: { ...worker.vars, ...vars } } : { ...worker, root },
  );
  started += 1;
  const mark = `${process.pid}-${started}`;
  const workers = await startWorkers(starts, { port, environment: { [MARK]: mark } });
  running.push({ role: plan.workers.map(({ worker }) => worker).join('+'), mark, workers });
  return workers;
}
