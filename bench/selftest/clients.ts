/**
 * Whether our clients measure what `wrk` measures, a load generator of its own kind and language (https://github.com/wg/wrk;
 * Debian's package).
 */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { CLIENT_NAMES, type ClientName } from '../load/client.ts';
import type { Figure, Finding } from './finding.ts';
import { type Lab, type Measured, percentileMs } from './lab.ts';
import { CLOSED } from './latency.ts';

const MS_PER_S = 1000;

/** How much longer than its window wrk may run. */
const GRACE_MS = 10_000;

export function hasWrk(): boolean {
  return spawnSync('wrk', ['--version'], { stdio: 'ignore' }).error === undefined;
}

/** Median latency of a closed loop with one connection, for whole seconds. Known servers answer its GET as our requests. */
async function wrkP50Ms({ cores }: Lab, url: string, durationS: number): Promise<number> {
  const wrk = ['wrk', '--latency', '-t1', '-c1', `-d${durationS}s`, url];
  const [program = '', ...args] = cores === null ? wrk : ['taskset', '-c', cores.client, ...wrk];
  const { stdout } = await promisify(execFile)(program, args, { timeout: durationS * MS_PER_S + GRACE_MS });
  return readP50Ms(stdout);
}

const UNITS: Readonly<Record<string, number>> = { us: 1 / 1000, ms: 1, s: MS_PER_S };

/** The median in what wrk prints, as in "     50%   10.21ms". Throws when there is none, or an answer was not a 2xx. */
export function readP50Ms(printed: string): number {
  const [, value, unit = ''] = /^\s*50%\s+([\d.]+)(us|ms|s)\s*$/m.exec(printed) ?? [];
  if (value === undefined || /Non-2xx|Socket errors/.test(printed)) {
    throw new Error(`wrk: expected a median of right answers, got ${JSON.stringify(printed)}`);
  }
  return Number(value) * (UNITS[unit] ?? Number.NaN);
}

/** `windowS` is the length of each window, in whole seconds: wrk takes no others. */
type Agreement = Record<'delayMs' | 'rounds' | 'windowS', number>;

/**
 * A known delay by our clients and by wrk in turn. The lowest of each one's medians over the rounds counts: other programs
 * on the machine can only add, and the one in whose turn they did is not to blame.
 */
export function checkAgreement(lab: Lab, { delayMs, rounds, windowS }: Agreement): Promise<Finding[]> {
  return lab.withServer({ delayMs }, async (server) => {
    const wrkMs: number[] = [];
    const windows: Record<ClientName, Measured[]> = { fetch: [], undici: [] };
    for (let round = 0; round < rounds; round++) {
      wrkMs.push(await wrkP50Ms(lab, server.url, windowS));
      for (const client of CLIENT_NAMES)
        windows[client].push(await lab.measure(server, { client, load: CLOSED, durationMs: windowS * MS_PER_S }));
    }
    const lowestMs = Math.min(...wrkMs);
    return CLIENT_NAMES.map((client) => {
      const [best] = windows[client].sort((a, b) => percentileMs(a, 0.5) - percentileMs(b, 0.5));
      return {
        check: `${client} and wrk, whose p50 is ${lowestMs.toFixed(2)} ms, on a server that answers in ${delayMs} ms`,
        figures: best === undefined ? [] : [isLikeWrk(client, percentileMs(best, 0.5), lowestMs)],
        spoiled: best?.spoiled ?? null,
      };
    });
  });
}

/**
 * How far a client may be from wrk: 10%. `fetch` alone takes 1.2 to 1.4 ms for its own work after a pause of 10 ms (measured on
 * a quiet machine of two cores; undici 0.6, both far less without a pause), so it is given 20%.
 */
const MARGINS: Readonly<Record<ClientName, number>> = { fetch: 0.2, undici: 0.1 };

/** The client's median is within its margin of wrk's. */
export function isLikeWrk(client: ClientName, got: number, wrkMs: number): Figure {
  return { name: 'p50, ms', got, low: wrkMs * (1 - MARGINS[client]), high: wrkMs * (1 + MARGINS[client]) };
}
