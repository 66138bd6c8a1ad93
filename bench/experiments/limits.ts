/** Measures what one Worker uses: its bundle, its start, its isolate after loading, its requests. */
import { setTimeout as sleep } from 'node:timers/promises';
import { buildRoot } from '../../models/build/options.ts';
import { startWorkers } from '../../models/build/start-workers.ts';
import { readConfig, type WorkerStart } from '../../models/build/workers.ts';
import { askedModel } from '../arms/arms.ts';
import { firstRightAnswer } from '../arms/start-arm.ts';
import { startWorkerd } from '../arms/workerd.ts';
import { startGenerator } from '../load/start-generator.ts';
import type { WorkerFigures } from '../meters/free-plan.ts';
import { cpuTimeMs, mainThreadCpuMs } from '../meters/process.ts';
import { heapBytes, measureStartup } from '../meters/worker.ts';
import { quantile } from '../stats/distributions.ts';
import { STARTUP_MS } from './plan.ts';
import type { Session } from './session.ts';

export const LIMITED_WORKERS = ['combined', 'gateway', 'predictor'] as const;
type Started = (typeof LIMITED_WORKERS)[number] | 'null';

interface LimitsPlan {
  readonly worker: (typeof LIMITED_WORKERS)[number];
  /** Root folder of its build, and the model to ask. */
  readonly root: string;
  readonly model: string;
  /** How often the Worker is started, and how long it is asked. */
  readonly starts: number;
  readonly windowMs: number;
}

const CONNECTIONS = 8;
const [SETTLE_MS, SETTLE_LIMIT_MS] = [50, 5_000];

/** Starts the Worker 2 `starts` + 2 times, one process at a time. `show` is told what comes next. */
export async function measureLimits(plan: LimitsPlan, show: (phase: string) => void): Promise<WorkerFigures> {
  const { worker, starts } = plan;
  const footprint = await measureFootprint(plan, show);
  const above: number[] = [];
  for (let start = 1; start <= starts; start++) {
    show(`first request of ${worker}`);
    const [empty, first] = [await measureFirst('null', plan), await measureFirst(worker, plan)];
    if (empty !== null && first !== null) above.push(Math.max(0, first - empty));
  }
  return {
    ...footprint,
    startupMs: quantile(footprint.startupMs, 0.5) ?? Number.NaN,
    requestCpuMs: await measureRequests(plan),
    firstRequestCpuMs: quantile(above, 0.5),
  };
}

/** Writes down the footprint of every Worker that is deployed. */
export async function measureFootprints({ plan, run, show }: Session): Promise<void> {
  const about = { root: buildRoot(plan.build), model: askedModel(plan.build), starts: plan.profile.footprintStarts };
  for (const worker of LIMITED_WORKERS) {
    const footprint = await measureFootprint({ worker, ...about }, (phase) => show(phase, STARTUP_MS));
    run.write({ kind: 'footprint', ...footprint });
  }
}

/** The bundle, the CPU of each start-up, and the isolate after the first right answer. */
async function measureFootprint(plan: Omit<LimitsPlan, 'windowMs'>, show: (phase: string) => void) {
  const { worker, root, model, starts: runs } = plan;
  const onRun = () => show(`start-up of ${worker}`);
  const { activeMs, ...bundle } = await measureStartup({ worker, root, runs, onRun });
  show(`memory of ${worker}`);
  const workers = await startWorkers(startsOf(worker, root), { inspect: true });
  try {
    await firstRightAnswer(worker, workers.url, model);
    const inspector = await workers.miniflare.getInspectorURL();
    const heap = await heapBytes(new URL(`/core:user:${readConfig(worker, root).name}`, inspector));
    return { worker, ...bundle, startupMs: activeMs, heapBytes: heap, wasmBytes: await workers.wasmBytes(worker) };
  } finally {
    await workers.stop();
  }
}

/** A gateway is nothing without its predictor, and Cloudflare adds up the CPU of both. */
function startsOf(worker: Started, root: string): WorkerStart[] {
  return [worker, ...(worker === 'gateway' ? ['predictor' as const] : [])].map((name) => ({ worker: name, root }));
}

/** Runs `job` on a fresh workerd with the Worker, which ends whatever happens. */
async function onWorkerd<T>(worker: Started, root: string, job: (url: URL, pid: number) => Promise<T>): Promise<T> {
  const { url, pid, stop } = await startWorkerd(startsOf(worker, root));
  try {
    return await job(url, pid);
  } finally {
    await stop();
  }
}

/** CPU of a request, all threads: the mean over a window, after a warm-up of that length. */
function measureRequests({ worker, root, model, windowMs: durationMs }: LimitsPlan): Promise<number | null> {
  return onWorkerd(worker, root, async (url, pid) => {
    const generator = await startGenerator();
    try {
      const load = { kind: 'closed', connections: CONNECTIONS } as const;
      const about = { url: url.href, subject: worker, workload: model, client: 'undici', load, seed: 1 } as const;
      await generator.run({ ...about, durationMs });
      const before = cpuTimeMs([pid]);
      const { requests, failures } = await generator.run({ ...about, durationMs });
      const after = cpuTimeMs([pid]);
      if (failures.length > 0) throw new Error(`${worker}: expected right answers, got ${failures.length} wrong`);
      return before === null || after === null ? null : (after - before) / requests.sentUs.length;
    } finally {
      generator.stop();
    }
  });
}

/** CPU of the first request, of the thread that runs the Worker, as Cloudflare counts it; others compile for later. */
function measureFirst(worker: Started, { root, model }: LimitsPlan): Promise<number | null> {
  return onWorkerd(worker, root, async (url, pid) => {
    const before = await settledCpuMs(pid);
    await firstRightAnswer(worker, url, model);
    const after = await settledCpuMs(pid);
    return before === null || after === null ? null : after - before;
  });
}

/** The CPU time once it stands still: compilers and collectors of a start work on after it. */
async function settledCpuMs(pid: number): Promise<number | null> {
  let last = mainThreadCpuMs(pid);
  for (const end = performance.now() + SETTLE_LIMIT_MS; performance.now() < end; ) {
    await sleep(SETTLE_MS);
    const now = mainThreadCpuMs(pid);
    if (now === last) return now;
    last = now;
  }
  return last;
}
