/** What the checks share: the real load generator, known servers, and windows that are measured again when spoiled. */
import { type Cores, chooseCores, pinFirstThread } from '../arms/processes.ts';
import type { ClientName } from '../load/client.ts';
import { startGenerator } from '../load/start-generator.ts';
import { type Load, ownFault, type WindowResult } from '../load/window.ts';
import { DEFAULT_MODEL, EMPTY } from '../load/workloads.ts';
import type { Behaviour, ServerReport } from './behaviour.ts';
import { crowdingFault, waitedMs } from './crowding.ts';
import { type KnownServer, startKnownServer } from './start-known-server.ts';

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

const REPEATS = 2;
const MAX_REPEATED_MS = 60_000;

/** A tenth of its answers later than this makes a known server unknown, in milliseconds. */
const MAX_LATE_MS = 0.5;

const DEFAULT_SEED = 1;

export interface LabOptions {
  /** Cores to keep apart; null, for a machine that does other things as well, leaves that to the system. */
  readonly cores?: Cores | null;
  /** How often a spoiled window is measured again. */
  readonly repeats?: number;
}

/** Resolves when the generator is ready. The caller closes the lab. */
export async function openLab({ cores = chooseCores(), repeats = REPEATS }: LabOptions = {}): Promise<Lab> {
  const generator = await startGenerator();
  if (cores !== null) pinFirstThread(generator.pid, cores.client);
  const run = async (url: string, { seed = DEFAULT_SEED, ...asked }: Asked): Promise<Window> => {
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
