/** What the checks share: the real load generator, known servers, and windows that are measured again when spoiled. */
import { globSync, readFileSync } from 'node:fs';
import { durationsOf } from '../analysis/window-summary.ts';
import { type Cores, chooseCores, pinFirstThread } from '../arms/processes.ts';
import type { ClientName } from '../load/client.ts';
import { startGenerator } from '../load/start-generator.ts';
import { type Load, ownFault, type WindowResult } from '../load/window.ts';
import { DEFAULT_MODEL, EMPTY } from '../load/workloads.ts';
import { quantile } from '../stats/quantile.ts';
import { type Behaviour, type KnownServer, type ServerReport, startKnownServer } from './known-server.ts';

/** One window of load, as a check asks for it. */
export interface Asked {
  readonly client: ClientName;
  readonly load: Load;
  readonly durationMs: number;
  readonly seed?: number;
}

export interface Window extends WindowResult {
  readonly load: Load;
  /** What other programs did to the generator, or null. */
  readonly crowded: string | null;
}

export interface Measured extends Window {
  /** What the server itself saw. */
  readonly server: ServerReport;
  /** What spoiled the window, or null: other programs did, or the generator or the server missed its own times. */
  readonly spoiled: string | null;
}

export interface Lab {
  readonly generatorPid: number;
  /** The cores that are kept apart, or null when they are not. */
  readonly cores: Cores | null;
  /** Runs `job` on a fresh server, which is ended whatever happens. */
  withServer<T>(behaviour: Behaviour, job: (server: KnownServer) => Promise<T>): Promise<T>;
  /**
   * Measures a window, and again while it is spoiled: up to twice, as the benchmark does, and no longer than a minute over
   * all checks.
   */
  measure(server: KnownServer, asked: Asked): Promise<Measured>;
  /** One window on any address, unjudged. */
  run(url: string, asked: Asked): Promise<Window>;
  close(): void;
}

const MAX_REPEATED_MS = 60_000;

/** A tenth of its answers later than this makes a known server unknown, in milliseconds. */
const MAX_LATE_MS = 0.5;

export interface LabOptions {
  /** Cores to keep apart; null, for a machine that does other things as well, leaves that to the system. */
  readonly cores?: Cores | null;
  /** How often a spoiled window is measured again. */
  readonly repeats?: number;
}

/** Resolves when the generator is ready. The caller closes the lab. */
export async function openLab({ cores = chooseCores(), repeats = 2 }: LabOptions = {}): Promise<Lab> {
  const generator = await startGenerator();
  if (cores !== null) pinFirstThread(generator.pid, cores.client);
  const run = async (url: string, { seed = 1, ...asked }: Asked): Promise<Window> => {
    const before = waitedMs(generator.pid);
    // Known servers answer as the empty Worker does, so the generator is told that they are it.
    const result = await generator.run({ ...asked, seed, url, subject: EMPTY, workload: DEFAULT_MODEL });
    const crowded = crowdingFault(before, waitedMs(generator.pid), result.elapsedMs);
    return { ...result, load: asked.load, crowded };
  };
  const measureOnce = async (server: KnownServer, asked: Asked): Promise<Measured> => {
    await server.forget();
    const window = await run(server.url, asked);
    const seen = await server.report();
    return { ...window, server: seen, spoiled: window.crowded ?? ownFault(window) ?? serverFault(seen) };
  };
  let leftMs = MAX_REPEATED_MS;
  return {
    generatorPid: generator.pid,
    cores,
    run,
    withServer: async (behaviour, job) => {
      const server = await startKnownServer(behaviour, cores);
      try {
        return await job(server);
      } finally {
        await server.stop();
      }
    },
    measure: async (server, asked) => {
      for (let attempt = 0; ; attempt++) {
        const measured = await measureOnce(server, asked);
        if (measured.spoiled === null || attempt === repeats || leftMs < asked.durationMs) return measured;
        leftMs -= asked.durationMs;
      }
    },
    close: () => generator.stop(),
  };
}

function serverFault({ p90LateMs }: ServerReport): string | null {
  if (p90LateMs <= MAX_LATE_MS) return null;
  return `the known server answered a tenth of requests ${p90LateMs.toFixed(2)} ms late or more, over ${MAX_LATE_MS} ms`;
}

/** What of a window its response times are made of. */
export type Answered = Pick<WindowResult, 'requests' | 'failures'>;

/** In milliseconds, from when a request was due to its last byte; a request that failed counts as one that never ends. */
export function responseTimesMs(window: Answered): number[] {
  return durationsOf(window).responseUs.map((us) => us / 1000);
}

/** A percentile of the response times; NaN for a window without requests. */
export function percentileMs(window: Answered, q: number): number {
  return quantile(responseTimesMs(window), q) ?? Number.NaN;
}

const NS_PER_MS = 1e6;

/** More of a window than this share without the core that the generator was ready to run on spoils it. */
const MAX_CROWDED = 0.02;

/**
 * How long the first thread of a process has been ready to run while its core was another program's, in milliseconds since its
 * start: the second field of /proc/PID/task/TID/schedstat, in nanoseconds, without the time in which the process's own
 * other threads ran, which are the first field: collecting garbage is its own affair. Null where there are no such files.
 */
function waitedMs(pid: number): number | null {
  try {
    const waitedNs = schedstat(`/proc/${pid}/task/${pid}/schedstat`)[1];
    const others = globSync(`/proc/${pid}/task/*/schedstat`).filter((file) => !file.includes(`/task/${pid}/`));
    const ownNs = others.reduce((sum, file) => sum + schedstat(file)[0], 0);
    return (waitedNs - ownNs) / NS_PER_MS;
  } catch {
    return null;
  }
}

/** Time on a core and time ready to run without one, in nanoseconds. */
function schedstat(file: string): [number, number] {
  const [ran, waited] = readFileSync(file, 'utf8').split(' ').map(Number);
  return [ran ?? 0, waited ?? 0];
}

/** Why a window of that length is spoiled, given the two readings around it; null when it is not or nobody can tell. */
export function crowdingFault(before: number | null, after: number | null, elapsedMs: number): string | null {
  if (before === null || after === null) return null;
  const share = (after - before) / elapsedMs;
  if (share <= MAX_CROWDED) return null;
  return `other programs held the load generator's core for ${(share * 100).toFixed(0)}% of the window`;
}
