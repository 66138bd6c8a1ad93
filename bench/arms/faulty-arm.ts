/**
 * An arm whose predictor fails for a while: its production bundles as they are, before the one that holds the models a module
 * that spoils its inferences. A process that dies is started again at once, as platforms do; one that is killed, at the end.
 */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { startProgram } from '../peers/start-peer.ts';
import { ARMS, FAULT_DEADLINE_MS, type Fault, type FaultyArmName } from './arms.ts';
import { together } from './processes.ts';
import { startWorkerd, type WorkerdProcess, type WorkerdStart } from './workerd.ts';

const FAULTY = join(import.meta.dirname, 'workers/faulty.js');

/** An isolate on Cloudflare has so much; a process here ends when it asks for more. */
const HEAP_MB = 128;

interface FaultyArmPlan {
  readonly arm: FaultyArmName;
  /** Whether the gateway has a second predictor, which does not fail. */
  readonly hasSecond: boolean;
  readonly fault: Fault;
  /** Milliseconds since 1970. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Root folder of the build, and the cores of servers. */
  readonly root: string;
  readonly cores: string | null;
}

export interface FaultyArm {
  readonly url: URL;
  /** When the fault is over, in milliseconds since 1970: a process that died listens again. Infinite while it does not. */
  overMs(): number;
  /** May be called again. Rejects when a process that died could not be started again. */
  stop(): Promise<void>;
}

type Running = Omit<WorkerdProcess, 'startMs'>;
type Start = (port: number) => Promise<Running>;

/** Resolves when all its processes listen. Nothing is left running when it rejects. */
export async function startFaultyArm(plan: FaultyArmPlan): Promise<FaultyArm> {
  const { arm, hasSecond, root, cores, toMs } = plan;
  const folder = mkdtempSync(join(tmpdir(), 'tandem-faulty-'));
  return together(async (add) => {
    const { started, sinceMs, stop } = keepUp(plan, victimOf(plan, folder));
    add({ stop: () => stop().finally(() => rmSync(folder, { recursive: true, force: true })) });
    const overMs = () => Math.max(toMs, sinceMs());
    const { url } = await started;
    if (arm !== 'pair-http' && arm !== 'deno-pair') return { url, overMs };
    const vars = { ...GATEWAY_VARS, PREDICTOR_URL: url.origin };
    const second = hasSecond ? add(await startWorkerd([{ worker: 'predictor', root }], { cores })) : null;
    const fallback = second === null ? {} : { PREDICTOR_FALLBACK_URL: second.url.origin };
    return { url: add(await startGateway(plan, { ...vars, ...fallback })).url, overMs };
  });
}

const GATEWAY_VARS = { DEADLINE_MS: String(FAULT_DEADLINE_MS) };

function startGateway({ arm, root, cores }: FaultyArmPlan, env: Readonly<Record<string, string>>): Promise<Running> {
  const own = { role: 'gateway', program: 'gateway', root, env, cores };
  if (arm === 'deno-pair') return startProgram({ needs: 'deno', ...own }, 0);
  const workers = ARMS['pair-http'].workers.map((one) => ({ ...one, root, vars: { ...one.vars, ...env } }));
  return startWorkerd(workers, { cores, isQuiet: true });
}

/** Starts the process that holds the models, on a port. */
function victimOf({ arm, fault, fromMs, toMs, root, cores }: FaultyArmPlan, folder: string): Start {
  const env = { FAULT: `${fault},${fromMs},${toMs}` };
  if (arm === 'deno-pair') {
    cpSync(FAULTY, join(folder, 'faulty.js'));
    const bundle = pathToFileURL(join(root, 'dist/deno/combined.js'));
    writeFileSync(join(folder, 'index.js'), `export { default } from '${bundle}';`);
    const limited = { ...env, DENO_V8_FLAGS: `--max-heap-size=${HEAP_MB}` };
    const own = { role: 'predictor', program: join(folder, 'faulty'), root, env: limited, cores };
    return (port) => startProgram({ needs: 'deno', ...own }, port);
  }
  const { workers, predictor } = ARMS[arm];
  const starts = (typeof predictor === 'object' ? predictor.workers : workers).map((one): WorkerdStart => {
    if (one.worker === 'gateway') return { ...one, root, vars: { ...one.vars, ...GATEWAY_VARS } };
    return { ...one, root, before: FAULTY, vars: env };
  });
  return (port) => startWorkerd(starts, { port, cores, heapMb: HEAP_MB, isQuiet: true });
}

function untilMs(ms: number): number {
  return Math.max(0, ms - Date.now());
}

/** A process that is killed as planned, and started again on its port when it is gone. */
function keepUp({ fault, fromMs, toMs }: FaultyArmPlan, start: Start) {
  const [started, stopped] = [start(0), new AbortController()];
  let [sinceMs, kill]: [number, NodeJS.Timeout | undefined] = [0, undefined];
  const watch = async () => {
    let running = await started;
    if (fault === 'kill') kill = setTimeout(() => process.kill(running.pid, 'SIGKILL'), untilMs(fromMs));
    stopped.signal.addEventListener('abort', () => void running.stop());
    while (!stopped.signal.aborted) {
      await running.ended;
      sinceMs = Number.POSITIVE_INFINITY;
      if (fault === 'kill') await sleep(untilMs(toMs), undefined, { signal: stopped.signal }).catch(() => undefined);
      if (stopped.signal.aborted) return;
      running = await start(Number(running.url.port));
      sinceMs = Date.now();
    }
    await running.stop();
  };
  const watching = watch();
  watching.catch(() => undefined);
  const stop = async () => {
    clearTimeout(kill);
    stopped.abort();
    // Where it did not start at all, whoever awaits `started` is told.
    if (await started.catch(() => null)) await watching;
  };
  return { started, sinceMs: () => sinceMs, stop };
}
