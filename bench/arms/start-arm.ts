/** Starts one arm on workerd and ends it again. */
import { build } from '../../models/build/build.ts';
import { type BuildOptions, buildRoot } from '../../models/build/options.ts';
import { type RunningWorkers, startWorkers } from '../../models/build/start-workers.ts';
import { DEFAULT_MODEL } from '../load/payloads.ts';
import { ARMS, type ArmName, buildOf, type ProcessPlan } from './arms.ts';
import { firstRightAnswer } from './first-answer.ts';
import { childrenMarked, MARK } from './processes.ts';

export interface RunningArm {
  readonly arm: ArmName;
  readonly url: URL;
  /** Process ids of its workerd processes; empty where the system has no /proc. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

export interface StartArmOptions {
  /** Port of the arm; 0, the default, takes a free one. */
  readonly port?: number;
  /** Options of the build to start it from, which must be there. */
  readonly build?: BuildOptions;
}

/** The model of a build that is asked: the default one, or the first where that is left out. */
export function askedModel({ models = [DEFAULT_MODEL] }: BuildOptions): string {
  return models.find((name) => name === DEFAULT_MODEL) ?? models[0] ?? DEFAULT_MODEL;
}

/** Brings the builds that `arms` are started from up to date. */
export async function buildArms(arms: readonly ArmName[], options: BuildOptions): Promise<void> {
  for (const arm of arms) await build(buildOf(arm, options));
}

let started = 0;

/** Resolves when the arm has given its first right answer. Nothing is left running when it rejects. */
export async function startArm(arm: ArmName, { port = 0, build = {} }: StartArmOptions = {}): Promise<RunningArm> {
  started += 1;
  const mark = `${arm}-${started}`;
  const running: RunningWorkers[] = [];
  const stop = async () => {
    await Promise.all(running.map((workers) => workers.stop()));
  };
  try {
    const root = buildRoot(buildOf(arm, build));
    const { url } = await startProcess(ARMS[arm], { port, mark, root, running });
    await firstRightAnswer(arm, url, askedModel(build));
    return { arm, url, pids: childrenMarked(mark), stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

interface ProcessStart {
  readonly port: number;
  readonly mark: string;
  readonly root: string;
  /** Collects what was started, in order. */
  readonly running: RunningWorkers[];
}

async function startProcess(plan: ProcessPlan, start: ProcessStart): Promise<RunningWorkers> {
  const { port, mark, root, running } = start;
  const vars: Record<string, string> = {};
  if (plan.predictor !== undefined) {
    vars.PREDICTOR_URL = (await startProcess(plan.predictor, { ...start, port: 0 })).url.origin;
  }
  const workers = plan.workers.map((worker, index) =>
    index === 0 ? { ...worker, root, vars: { ...worker.vars, ...vars } } : { ...worker, root },
  );
  const process = await startWorkers(workers, { port, environment: { [MARK]: mark } });
  running.push(process);
  return process;
}
