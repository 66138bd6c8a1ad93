/** Starts a peer's programs and ends them again; on Linux also when this process is killed. */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadExamples, splitExamples } from '../../models/auto-mpg/train.ts';
import { isWorkerName, ROOT, readConfig } from '../../models/build/workers.ts';
import { freePort, HOST, pin, type ServerProcess, spawnBound, together } from '../arms/processes.ts';
import {
  FOLDER,
  findInstalled,
  isPython,
  PEERS,
  type PeerName,
  type PeerPlan,
  PYTHON,
  whyUnavailable,
} from './peers.ts';

const START_MS = 20_000;
const POLL_MS = 20;
const END_MS = 3000;

/** One thread each, as one workerd has: numerical libraries would start one a core. */
const ONE_THREAD = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' };

/** File of scikit-learn's model, once it is fitted. */
let trained = '';

/**
 * Resolves when every program accepts connections; each may have children. Nothing is left running when it rejects. `root` is
 * the folder of the build that Deno and Bun run.
 */
export async function startPeer(name: PeerName, port: number, root = ROOT) {
  const reason = whyUnavailable(name);
  if (reason !== null) throw new Error(reason);
  const { needs, programs }: PeerPlan = PEERS[name];
  if (isPython(needs)) trained ||= trainModel();
  return together(async (add) => {
    const processes: ServerProcess[] = [];
    let url = new URL('http://none');
    for (const [i, [role, program]] of Object.entries(programs).toReversed().entries()) {
      const own = i === Object.keys(programs).length - 1 ? port : 0;
      const env = { PREDICTOR_URL: i === 0 ? '' : url.origin, MODEL: trained };
      const one = add(await startProgram({ needs, role, program, root, env }, own));
      processes.push({ role, pid: one.pid });
      url = one.url;
    }
    return { url, processes };
  });
}

/** A program of a peer, or a module for Deno or Bun by its path without `.js`, and its environment variables. */
export interface PeerProgram extends Pick<PeerPlan, 'needs'> {
  readonly role: string;
  readonly program: string;
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  /** As `taskset` has them. */
  readonly cores?: string | null;
}

/** Resolves when the program accepts connections; `ended` does when it is gone. Nothing is left running when it rejects. */
export async function startProgram(program: PeerProgram, port: number) {
  const { role, root, env, cores = null } = program;
  const own = await freePort(port);
  const vars = isWorkerName(role) ? readConfig(role, root).vars : {};
  const child = spawnBound('TERM', commandOf(program, own), {
    env: { ...process.env, ...ONE_THREAD, ...vars, HOST, PORT: String(own), ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const url = new URL(`http://${HOST}:${own}`);
  try {
    await untilListening(child, url.origin);
  } catch (cause) {
    await end(child);
    throw cause;
  }
  const { pid = 0 } = child;
  if (cores !== null) pin(pid, cores);
  return { url, pid, ended: once(child, 'exit'), stop: () => end(child) };
}

/** Fits scikit-learn's model to the rows that ours is fitted to. Returns its file. */
function trainModel(): string {
  const { train } = splitExamples(loadExamples());
  const file = join(ROOT, `dist/peers/auto-mpg-${process.pid}.joblib`);
  mkdirSync(dirname(file), { recursive: true });
  const input = JSON.stringify({ x: train.map(({ x }) => x), y: train.map(({ y }) => y) });
  const { status, stderr } = spawnSync(PYTHON, [join(FOLDER, 'train.py'), file], { input });
  if (status !== 0) throw new Error(`bench/peers/train.py: expected a model, got:\n${stderr}`);
  return file;
}

/** gunicorn has threads, which keep connections open; uvicorn the loop and the parser of its `standard` form. */
function commandOf({ needs, program, root }: PeerProgram, port: number): string[] {
  const module = resolve(root, 'dist/deno', `${program}.js`);
  if (needs === 'node') return [process.execPath, join(FOLDER, `${program}.ts`)];
  if (needs === 'flask') return [PYTHON, join(FOLDER, `${program}.py`)];
  if (needs === 'bun') return [findInstalled('bun') ?? '', module];
  if (needs === 'deno') {
    const allowed = ['--no-lock', '--allow-read', '--allow-env', '--allow-net'];
    return [findInstalled('deno') ?? '', 'serve', ...allowed, '--host', HOST, '--port', String(port), module];
  }
  if (needs === 'uvicorn') {
    const options = '--loop uvloop --http httptools --timeout-keep-alive 75 --log-level error';
    const where = ['--app-dir', FOLDER, '--host', HOST, '--port', String(port), `${program}:app`];
    return [PYTHON, '-m', 'uvicorn', ...options.split(' '), ...where];
  }
  const options = '--worker-class gthread --workers 1 --threads 8 --keep-alive 75 --log-level error';
  const where = ['--chdir', FOLDER, '--bind', `${HOST}:${port}`, `${program}:app`];
  return [PYTHON, '-m', 'gunicorn', ...options.split(' '), ...where];
}

/** Rejects with the last of what the program says when it ends before, or is late. */
async function untilListening(child: ChildProcess, url: string): Promise<void> {
  let said = '';
  const hear = (what: unknown) => {
    said = `${said}${what}`.slice(-2000);
  };
  child.stderr?.on('data', hear);
  child.on('error', hear);
  for (const late = performance.now() + START_MS; performance.now() < late && !hasEnded(child); await sleep(POLL_MS)) {
    if ((await fetch(url).catch(() => null)) !== null) return;
  }
  throw new Error(`expected ${child.spawnargs.join(' ')} to listen at ${url}, got:\n${said}`);
}

function hasEnded({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null;
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const exit = once(child, 'exit');
  child.kill();
  const late = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await exit;
  clearTimeout(late);
}
