/** What the checks share: the real load generator, known servers, and windows that are measured again when spoiled. */
import { durationsOf } from '../analysis/window-summary.ts';
import { type Cores, chooseCores } from '../arms/processes.ts';
import { startGenerator } from '../load/start-generator.ts';
import { ownFault, type WindowRequest, type WindowResult } from '../load/window.ts';
import { DEFAULT_MODEL, EMPTY } from '../load/workloads.ts';
import { cpuTimeMs, mainThreadCpuMs, mainThreadWaitMs } from '../meters/process.ts';
import { quantile } from '../stats/distributions.ts';
import { type Behaviour, type KnownServer, withKnownServer } from './known-server.ts';

/** One window of load, as a check asks for it: by undici and with seed 1 where it does not say. */
export type Asked = Pick<WindowRequest, 'load' | 'durationMs'> & Partial<Pick<WindowRequest, 'client' | 'seed'>>;

/**
 * A window, with what other programs did to the generator (`crowded`) and what spoiled it, which may also be that the
 * generator or the server missed its own times; or null.
 */
export type Measured = WindowResult & Pick<WindowRequest, 'load'> & Record<'crowded' | 'spoiled', string | null>;

export type Lab = Awaited<ReturnType<typeof openLab>>;

/** How often a spoiled window is measured again. */
const REPEATS = 2;

/** A tenth of its answers later than this makes a known server unknown, in milliseconds. */
const MAX_LATE_MS = 0.5;

/**
 * Resolves when the generator is ready. The caller closes the lab. `cores` are kept apart; null, for a machine that does
 * other things as well, leaves that to the system. With `repeats` of 0 no window is measured again.
 */
export async function openLab(cores: Cores | null = chooseCores(), repeats = REPEATS) {
  const generator = await startGenerator(cores?.client);
  const { pid } = generator;

  /** One window on any address, unjudged. */
  const run = async (url: string, { client = 'undici', seed = 1, load, durationMs }: Asked) => {
    const before = waitedMs(pid);
    // Known servers answer as the empty Worker does, so the generator is told that they are it.
    const about = { url, subject: EMPTY, workload: DEFAULT_MODEL };
    const result = await generator.run({ ...about, client, seed, load, durationMs });
    return { ...result, load, crowded: crowdingFault(before, waitedMs(pid), result.elapsedMs) };
  };

  /** A window on a known server, and again while it is spoiled, as the benchmark does. */
  const measure = async ({ url, p90LateMs }: KnownServer, asked: Asked): Promise<Measured> => {
    for (let attempt = 0; ; attempt++) {
      await p90LateMs();
      const window = await run(url, asked);
      const spoiled = window.crowded ?? ownFault(window) ?? serverFault(await p90LateMs());
      if (spoiled === null || attempt === repeats) return { ...window, spoiled };
    }
  };

  const withServer = <T>(behaviour: Behaviour, job: (server: KnownServer) => Promise<T>) =>
    withKnownServer(behaviour, cores, job);
  return { cores, withServer, measure, run, close: generator.stop };
}

function serverFault(lateMs: number): string | null {
  if (lateMs <= MAX_LATE_MS) return null;
  return `the known server answered a tenth of requests ${lateMs.toFixed(2)} ms late or more, over ${MAX_LATE_MS} ms`;
}

/** In milliseconds, from when a request was due to its last byte; a request that failed counts as one that never ends. */
export function responseTimesMs(window: Measured): number[] {
  return durationsOf(window).responseUs.map((us) => us / 1000);
}

/** A percentile of the response times; NaN for a window without requests. */
export function percentileMs(window: Measured, q: number): number {
  return quantile(responseTimesMs(window), q) ?? Number.NaN;
}

/**
 * How long a process's first thread has waited for its core while another program's had it: not one of its own, as
 * collecting garbage is its own affair. In milliseconds since its start; null where the system does not tell.
 */
function waitedMs(pid: number): number | null {
  const [waited, first, all] = [mainThreadWaitMs(pid), mainThreadCpuMs(pid), cpuTimeMs([pid])];
  return waited === null || first === null || all === null ? null : waited - (all - first);
}

/** More of a window than this share without the core that the generator was ready to run on spoils it. */
const MAX_CROWDED = 0.02;

/** Why a window of that length is spoiled, given the two readings around it; null when it is not or nobody can tell. */
export function crowdingFault(before: number | null, after: number | null, elapsedMs: number): string | null {
  const share = before === null || after === null ? 0 : (after - before) / elapsedMs;
  if (share <= MAX_CROWDED) return null;
  return `other programs held the load generator's core for ${(share * 100).toFixed(0)}% of the window`;
}
