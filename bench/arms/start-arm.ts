/** Builds and starts arms, on workerd or as a peer's programs, and ends them again. */
import { once } from 'node:events';
import { join } from 'node:path';
import { type BuildOptions, buildRoot } from '../../models/build/options.ts';
import { ROOT } from '../../models/build/workers.ts';
import { readAnswer } from '../load/client.ts';
import { payloads } from '../load/payloads.ts';
import { startPeer } from '../peers/start-peer.ts';
import {
  ARMS,
  type ArmName,
  askedModel,
  buildOf,
  isBuilt,
  isWorkerdArm,
  type ProcessPlan,
  type WorkerdArmName,
} from './arms.ts';
import { type ServerProcess, spawnBound, withDescendants } from './processes.ts';
import { startWorkerd } from './workerd.ts';

const TIMEOUT_MS = 30_000;

export interface RunningArm {
  readonly url: URL;
  /** Others that answer the same; none where they are left out. */
  readonly replicas?: readonly URL[];
  readonly processes: readonly ServerProcess[];
  stop(): Promise<void>;
}

/** Resolves when the arm, whose build must be there, has answered rightly. Nothing is left running when it rejects. */
export async function startArm(
  arm: ArmName,
  { port = 0, build = {} }: { readonly port?: number; readonly build?: BuildOptions } = {},
): Promise<RunningArm> {
  return answering(arm, build, [await startPrograms(arm, port, buildRoot(buildOf(arm, build)))]);
}

/** Processes that answer clients, and predictors behind them: the i-th asks the one numbered i modulo their count. */
export type Replicas = Readonly<Record<'fronts' | 'backs', number>>;

/** So many processes of one arm as one service, whose clients choose among them; as `startArm` else. */
export async function startReplicas(arm: WorkerdArmName, { fronts, backs }: Replicas, build: BuildOptions) {
  const [root, { workers, predictor }] = [buildRoot(buildOf(arm, build)), ARMS[arm]];
  const [behind, before]: [RunningArm[], RunningArm[]] = [[], []];
  try {
    for (let i = 0; i < backs && predictor !== undefined; i++) behind.push(await startPredictor(predictor, root));
    for (let i = 0; i < fronts; i++) {
      const url = behind[i % backs]?.url;
      before.push(await startProcesses(url === undefined ? { workers } : { workers, predictor: url }, 0, root));
    }
  } catch (cause) {
    await stopAll([...before, ...behind]);
    throw cause;
  }
  return answering(arm, build, before, behind);
}

async function stopAll(all: readonly RunningArm[]): Promise<void> {
  await Promise.all(all.map((one) => one.stop()));
}

/** The programs as one, once each that clients ask has answered rightly; ends all of them where one does not. */
async function answering(
  arm: ArmName,
  build: BuildOptions,
  before: readonly RunningArm[],
  behind: readonly RunningArm[] = [],
): Promise<RunningArm> {
  const all = [...behind, ...before];
  const [url, ...replicas] = before.map((one) => one.url);
  try {
    if (url === undefined) throw new Error(`${arm}: expected a process that answers clients, got none`);
    for (const one of [url, ...replicas]) await firstRightAnswer(arm, one, askedModel(build));
    // What a program starts itself is all there only once it has answered.
    const processes = all.flatMap((one) => one.processes);
    const whole = processes.flatMap(({ role, pid }) => withDescendants(pid).map((own) => ({ role, pid: own })));
    return { url, replicas, processes: whole, stop: () => stopAll(all) };
  } catch (cause) {
    await stopAll(all);
    throw cause;
  }
}

/** The programs of an arm, of the build in the folder `root`, whatever they answer. */
export function startPrograms(arm: ArmName, port: number, root: string): Promise<RunningArm> {
  return isWorkerdArm(arm) ? startProcesses(ARMS[arm], port, root) : startPeer(arm, port, root);
}

/** The process of the plan, after the one that it reaches by URL. */
async function startProcesses(
  { workers, predictor }: Pick<ProcessPlan, 'workers'> & { readonly predictor?: ProcessPlan['predictor'] | URL },
  port: number,
  root: string,
): Promise<RunningArm> {
  const isStarted = predictor === undefined || predictor instanceof URL;
  const other = isStarted ? null : await startPredictor(predictor, root);
  const { origin } = (isStarted ? predictor : other?.url) ?? {};
  const url = origin === undefined ? {} : { PREDICTOR_URL: origin };
  const starts = workers.map((worker) => ({ ...worker, root, vars: { ...worker.vars, ...url } }));
  const own = await startWorkerd(starts, { port }).catch(async (cause: unknown) => {
    await other?.stop();
    throw cause;
  });
  const role = workers.map(({ worker }) => worker).join('+');
  return {
    url: own.url,
    processes: [...(other?.processes ?? []), { role, pid: own.pid }],
    stop: async () => void (await Promise.all([own.stop(), other?.stop()])),
  };
}

function startPredictor(predictor: NonNullable<ProcessPlan['predictor']>, root: string): Promise<RunningArm> {
  return typeof predictor === 'string' ? startPeer(predictor, 0, root) : startProcesses(predictor, 0, root);
}

/** Resolves when an arm or target has given its first right answer. Rejects for a wrong one, or none in 30 s. */
export async function firstRightAnswer(subject: string, url: URL, model?: string): Promise<void> {
  const [{ path, method, headers, body, isRight }] = payloads(subject, model);
  const request = { method, headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) };
  const response = await fetch(new URL(path, url), request).catch((cause: unknown) => {
    throw new Error(`${subject}: expected an answer from ${url.origin}, got none`, { cause });
  });
  const answer = await readAnswer(response);
  if (isRight(answer)) return;
  const text = new TextDecoder().decode(answer.bytes).slice(0, 200);
  throw new Error(`${subject}: expected a right first answer, got ${response.status} ${text}`);
}

/** Brings the builds that `arms` are started from up to date. Rejects when one fails; it has said why on standard error. */
export async function buildArms(arms: readonly ArmName[], options: BuildOptions): Promise<void> {
  const builds = arms.filter(isBuilt).map((arm) => buildOf(arm, options));
  for (const build of new Map(builds.map((own) => [buildRoot(own), own])).values()) await runBuild(build);
}

async function runBuild({ runtime, models }: BuildOptions): Promise<void> {
  const args = [runtime ? `--runtime=${runtime}` : [], models ? `--models=${models}` : []].flat();
  const command = [process.execPath, join(ROOT, 'models/build/build.ts'), ...args];
  const [code, signal] = await once(spawnBound('TERM', command, { stdio: ['ignore', 'ignore', 'inherit'] }), 'exit');
  if (code !== 0) throw new Error(`expected the build to succeed, but it ended with ${signal ?? code}`);
}
