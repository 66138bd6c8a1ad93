/**
 * Whether our clients measure what `wrk` measures, a load generator of its own kind and language (https://github.com/wg/wrk;
 * Debian's package).
 */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { CLIENT_NAMES, type ClientName } from '../load/client.ts';
import type { Figure, Finding } from './finding.ts';
import { type Lab, percentileMs } from './lab.ts';
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

/**
 * A known delay by our clients and by wrk in turn, for `windowS` whole seconds each: wrk takes no others. The lowest of each
 * one's medians over the rounds counts: other programs can only add, and the one in whose turn they did is not to blame.
 */
export function checkAgreement(lab: Lab, delayMs: number, rounds: number, windowS: number): Promise<Finding> {
  return lab.withServer({ delayMs }, async (server) => {
    const lowest = { wrk: Number.POSITIVE_INFINITY, fetch: Number.POSITIVE_INFINITY, undici: Number.POSITIVE_INFINITY };
    let spoiled: string | null = null;
    for (let round = 0; round < rounds; round++) {
      lowest.wrk = Math.min(lowest.wrk, await wrkP50Ms(lab, server.url, windowS));
      for (const client of CLIENT_NAMES) {
        const window = await lab.measure(server, { client, load: CLOSED, durationMs: windowS * MS_PER_S });
        lowest[client] = Math.min(lowest[client], percentileMs(window, 0.5));
        spoiled = window.spoiled ?? spoiled;
      }
    }
    const check = `our clients and wrk, whose p50 is ${lowest.wrk.toFixed(2)} ms, on a server that answers in ${delayMs} ms`;
    const figures = CLIENT_NAMES.map((client) => isLikeWrk(client, lowest[client], lowest.wrk));
    return { check, figures, spoiled };
  });
}

/**
 * How far a client may be from wrk: 10%. `fetch` alone takes 1.2 to 1.4 ms for its own work after a pause of 10 ms (measured on
 * a quiet machine of two cores; undici 0.6, both far less without a pause), so it is given 20%.
 */
const MARGINS: Readonly<Record<ClientName, number>> = { fetch: 0.2, undici: 0.1 };

/** The client's median is within its margin of wrk's. */
export function isLikeWrk(client: ClientName, got: number, wrkMs: number): Figure {
  return { name: `p50 of ${client}, ms`, got, low: wrkMs * (1 - MARGINS[client]), high: wrkMs * (1 + MARGINS[client]) };
}
