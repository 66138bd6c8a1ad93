/** Starts one arm on workerd and ends it again. */
import { type RunningWorkers, startWorkers } from '../../models/build/start-workers.ts';
import { ARMS, type ArmName, type ProcessPlan } from './arms.ts';
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
}

let started = 0;

/** Resolves when the arm has given its first right answer. Nothing is left running when it rejects. */
export async function startArm(arm: ArmName, { port = 0 }: StartArmOptions = {}): Promise<RunningArm> {
  started += 1;
  const mark = `${arm}-${started}`;
  const running: RunningWorkers[] = [];
  const stop = async () => {
    await Promise.all(running.map((workers) => workers.stop()));
  };
  try {
    const { url } = await startProcess(ARMS[arm], { port, mark, running });
    await firstRightAnswer(arm, url);
    return { arm, url, pids: childrenMarked(mark), stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

interface ProcessStart {
  readonly port: number;
  readonly mark: string;
  /** Collects what was started, in order. */
  readonly running: RunningWorkers[];
}

async function startProcess(plan: ProcessPlan, { port, mark, running }: ProcessStart): Promise<RunningWorkers> {
  const vars: Record<string, string> = {};
  if (plan.predictor !== undefined) {
    vars.PREDICTOR_URL = (await startProcess(plan.predictor, { port: 0, mark, running })).url.origin;
  }
  const workers = plan.workers.map((worker, index) =>
    index === 0 ? { ...worker, vars: { ...worker.vars, ...vars } } : worker,
  );
  const process = await startWorkers(workers, { port, environment: { [MARK]: mark } });
  running.push(process);
  return process;
}
