/** Builds and starts arms, on workerd or as a peer's programs, and ends them again. */
import { once } from 'node:events';
import { join } from 'node:path';
import { type BuildOptions, buildRoot } from '../../models/build/options.ts';
import { ROOT } from '../../models/build/workers.ts';
import { readAnswer } from '../load/client.ts';
import { payloads } from '../load/payloads.ts';
import { startPeer } from '../peers/start-peer.ts';
import { ARMS, type ArmName, askedModel, buildOf, isBuilt, isWorkerdArm, type ProcessPlan } from './arms.ts';
import { type ServerProcess, spawnBound, together, withDescendants } from './processes.ts';
import { startWorkerd, type WorkerdStart } from './workerd.ts';

const TIMEOUT_MS = 30_000;

export interface RunningArm {
  readonly url: URL;
  /** Others that answer the same; none where they are left out. */
  readonly replicas?: readonly URL[];
  readonly processes: readonly ServerProcess[];
  stop(): Promise<void>;
}

/** Processes that answer clients, and predictors behind them: the i-th asks the one numbered i modulo their count. */
type Replicas = Readonly<Record<'fronts' | 'backs', number>>;

const ONE_EACH: Replicas = { fronts: 1, backs: 1 };

interface ArmOptions {
  readonly port?: number;
  readonly build?: BuildOptions;
  /** So many processes of a workerd arm as one service, whose clients choose among them. */
  readonly replicas?: Replicas;
}

/** Resolves when the arm, whose build must be there, has answered rightly. Nothing is left running when it rejects. */
export function startArm(arm: ArmName, { port = 0, build = {}, replicas }: ArmOptions = {}): Promise<RunningArm> {
  return together(async (add) => {
    const programs = add(await startPrograms(arm, port, buildRoot(buildOf(arm, build)), replicas));
    for (const url of [programs.url, ...(programs.replicas ?? [])]) await firstRightAnswer(arm, url, askedModel(build));
    // What a program starts itself is all there only once it has answered.
    const processes = programs.processes.flatMap(({ role, pid }) => {
      return withDescendants(pid).map((own) => ({ role, pid: own }));
    });
    return { ...programs, processes };
  });
}

/** The programs of an arm, of the build in the folder `root`, whatever they answer. */
export async function startPrograms(
  arm: ArmName,
  port: number,
  root: string,
  { fronts, backs }: Replicas = ONE_EACH,
): Promise<RunningArm> {
  if (!isWorkerdArm(arm)) return startPeer(arm, port, root);
  const { workers, predictor } = ARMS[arm];
  return together(async (add) => {
    const [behind, before]: [RunningArm[], RunningArm[]] = [[], []];
    for (let i = 0; i < backs && predictor !== undefined; i++) behind.push(add(await startPredictor(predictor, root)));
    for (let i = 0; i < fronts; i++)
      before.push(add(await startProcess(workers, port, root, behind[i % behind.length]?.url)));
    const [url, ...replicas] = before.map((one) => one.url);
    if (url === undefined) throw new Error(`${arm}: expected a process that answers clients, got none`);
    return { url, replicas, processes: [...behind, ...before].flatMap(({ processes }) => processes) };
  });
}

function startPredictor(predictor: NonNullable<ProcessPlan['predictor']>, root: string): Promise<RunningArm> {
  return typeof predictor === 'string' ? startPeer(predictor, 0, root) : startProcess(predictor.workers, 0, root);
}

/** One process of Workers, which reach a predictor in another by its URL. */
async function startProcess(
  workers: readonly WorkerdStart[],
  port: number,
  root: string,
  predictor?: URL,
): Promise<RunningArm> {
  const found = predictor === undefined ? {} : { PREDICTOR_URL: predictor.origin };
  const starts = workers.map((worker) => ({ ...worker, root, vars: { ...worker.vars, ...found } }));
  const { url, pid, stop } = await startWorkerd(starts, { port });
  return { url, processes: [{ role: workers.map(({ worker }) => worker).join('+'), pid }], stop };
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
