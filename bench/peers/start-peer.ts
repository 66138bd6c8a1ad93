/** Starts a peer's programs and ends them again; on Linux also when this process is killed. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadExamples, splitExamples } from '../../models/auto-mpg/train.ts';
import { ROOT } from '../../models/build/workers.ts';
import { PEERS, type PeerName, type PeerPlan, type PeerProgram, PYTHON, whyUnavailable } from './peers.ts';

/** A program of a peer that listens. */
export interface PeerProcess {
  readonly role: string;
  readonly pid: number;
}

export interface RunningPeer {
  readonly url: URL;
  /** The programs that were started; they may have children. */
  readonly processes: readonly PeerProcess[];
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const START_MS = 20_000;
const POLL_MS = 20;
const END_MS = 3000;

/** Resolves when every program accepts connections. Nothing is left running when it rejects. */
export async function startPeer(name: PeerName, port: number): Promise<RunningPeer> {
  const reason = whyUnavailable(name);
  if (reason !== null) throw new Error(reason);
  const plan: PeerPlan = PEERS[name];
  const model = plan.needs === 'node' ? '' : trainModel();
  const started: Program[] = [];
  const stop = async () => {
    await Promise.all(started.map((program) => program.stop()));
  };
  try {
    let predictorUrl = '';
    for (const program of plan.programs.toReversed()) {
      const isFirst = program === plan.programs[0];
      const own = isFirst && port !== 0 ? port : await freePort();
      const running = startProgram(program, { PORT: String(own), PREDICTOR_URL: predictorUrl, MODEL: model });
      started.push(running);
      await running.listening(own);
      predictorUrl = `http://${HOST}:${own}`;
    }
    return { url: new URL(predictorUrl), processes: started.map(({ role, pid }) => ({ role, pid })), stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

let trained: string | undefined;

/** Fits scikit-learn's model to the rows that ours is fitted to, once in this process. Returns its file. */
function trainModel(): string {
  if (trained !== undefined) return trained;
  const { train } = splitExamples(loadExamples());
  const folder = join(ROOT, 'dist/peers');
  const file = join(folder, `auto-mpg-${process.pid}.joblib`);
  mkdirSync(folder, { recursive: true });
  const input = JSON.stringify({ x: train.map(({ x }) => x), y: train.map(({ y }) => y) });
  const { status, stderr } = spawnSync(PYTHON, [join(ROOT, 'bench/peers/train.py'), file], { input });
  if (status !== 0) throw new Error(`bench/peers/train.py: expected a model, got:\n${stderr}`);
  trained = file;
  return file;
}

interface Program extends PeerProcess {
  /** Resolves when something accepts connections at the port. */
  listening(port: number): Promise<void>;
  stop(): Promise<void>;
}

function startProgram({ role, command }: PeerProgram, env: Readonly<Record<string, string>>): Program {
  const [program, ...args] = withParent(command(Number(env.PORT)));
  const child = spawn(program, args, {
    // One thread each, as one workerd has: numerical libraries would start one a core.
    env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-2000);
  });
  let failed = false;
  child.on('error', (cause) => {
    failed = true;
    said = cause.message;
  });
  const kill = () => child.kill('SIGTERM');
  process.once('exit', kill);
  const stop = async () => {
    process.off('exit', kill);
    await end(child);
  };
  const ended = () => failed || child.exitCode !== null || child.signalCode !== null;
  const listening = async (port: number) => {
    for (const late = performance.now() + START_MS; performance.now() < late; await sleep(POLL_MS)) {
      if (ended()) break;
      if (await accepts(port)) return;
    }
    throw new Error(`${role}: expected ${program} to listen at ${HOST}:${port}, got:\n${said}`);
  };
  return { role, pid: child.pid ?? 0, listening, stop };
}

/** The command as one that is ended with its parent, where the system can do that. */
function withParent(command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  return process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'TERM', ...command] : command;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await exit;
  clearTimeout(late);
}

async function accepts(port: number): Promise<boolean> {
  try {
    await fetch(`http://${HOST}:${port}/`);
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('expected a port of this machine, got none');
  return address.port;
}
