/** Whether our clients measure what `wrk` measures, a load generator of its own kind and language (https://github.com/wg/wrk; Debian's package). */
import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withTemporaryFolder } from '../arms/temporary-folder.ts';
import { CLIENT_NAMES, type ClientName, type Payload } from '../load/client.ts';
import { payloads } from '../load/payloads.ts';
import { type Figure, type Finding, shown } from './finding.ts';
import type { KnownServer } from './known-server.ts';
import { type Lab, percentileMs } from './lab.ts';
import { CLOSED, type Floors } from './latency.ts';

const run = promisify(execFile);

const MS_PER_S = 1000;

/** How much longer than its window wrk may run. */
const GRACE_MS = 10_000;

/** Whether the program is there. */
export function hasWrk(): boolean {
  return spawnSync('wrk', ['--version'], { stdio: 'ignore' }).error === undefined;
}

export interface WrkWindow {
  readonly url: string;
  readonly durationS: number;
  /** The core to run on, or null for any. */
  readonly core: string | null;
}

/** Median latency of a closed loop with one connection that sends our request. Rejects when wrk fails. */
export async function wrkP50Ms({ url, durationS, core }: WrkWindow): Promise<number> {
  const [payload] = payloads('null');
  return withTemporaryFolder('wrk', async (folder) => {
    const script = join(folder, 'request.lua');
    writeFileSync(script, luaOf(payload));
    const wrk = ['wrk', '--latency', '-t1', '-c1', `-d${durationS}s`, '-s', script, new URL(payload.path, url).href];
    const [program = '', ...args] = core === null ? wrk : ['taskset', '-c', core, ...wrk];
    const { stdout } = await run(program, args, { timeout: durationS * MS_PER_S + GRACE_MS });
    return readP50Ms(stdout);
  });
}

/** The request in wrk's own terms, in strings of Lua that take anything but their own end. */
function luaOf({ method, headers, body }: Payload): string {
  const lines = Object.entries(headers).map(([name, value]) => `wrk.headers[ [==[${name}]==] ] = [==[${value}]==]`);
  return [`wrk.method = '${method}'`, ...lines, `wrk.body = [==[${body ?? ''}]==]`, ''].join('\n');
}

const UNITS: Readonly<Record<string, number>> = { us: 1 / 1000, ms: 1, s: MS_PER_S };

/** The median in what wrk prints, as in "     50%   10.21ms". Throws when there is none, or an answer was not a 2xx. */
export function readP50Ms(printed: string): number {
  const [, value, unit = ''] = /^\s*50%\s+([\d.]+)(us|ms|s)\s*$/m.exec(printed) ?? [];
  const isWrong = /Non-2xx|Socket errors/.test(printed);
  const scale = UNITS[unit];
  if (value === undefined || scale === undefined || isWrong) {
    throw new Error(`wrk: expected a median of right answers, got ${JSON.stringify(printed)}`);
  }
  return Number(value) * scale;
}

export interface AgreementCheck {
  readonly delayMs: number;
  readonly rounds: number;
  /** Length of each window, in whole seconds: wrk takes no others. */
  readonly windowS: number;
}

/**
 * A known delay by our clients and by wrk in turn. The lowest of each one's medians over the rounds counts: other programs
 * on the machine can only add, and the one in whose turn they did is not to blame.
 */
export function checkAgreement(lab: Lab, { delayMs, rounds, windowS }: AgreementCheck): Promise<Finding[]> {
  return lab.withServer({ kind: 'delay', delayMs }, async (server) => {
    let wrk = Number.POSITIVE_INFINITY;
    const best = new Map<ClientName, { p50Ms: number; spoiled: string | null }>();
    for (let round = 0; round < rounds; round++) {
      wrk = Math.min(wrk, await wrkWindow(lab, server, windowS));
      for (const client of CLIENT_NAMES) {
        const window = await lab.measure(server, { client, load: CLOSED, durationMs: windowS * MS_PER_S });
        const p50Ms = percentileMs(window, 0.5);
        if (p50Ms >= (best.get(client)?.p50Ms ?? Number.POSITIVE_INFINITY)) continue;
        best.set(client, { p50Ms, spoiled: window.spoiled });
      }
    }
    return [...best].map(([client, { p50Ms, spoiled }]) => ({
      check: `${client} and wrk, whose p50 is ${wrk.toFixed(2)} ms, on a server that answers in ${delayMs} ms`,
      figures: [isLikeWrk(client, p50Ms, wrk)],
      spoiled,
    }));
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

/** Medians on a server that answers at once, which are the clients' own, wrk's measured now; nothing is subtracted from anything. */
export async function showFloors(lab: Lab, { undici, fetch }: Floors, windowS: number): Promise<Finding> {
  const wrk = await lab.withServer({ kind: 'delay', delayMs: 0 }, (server) => wrkWindow(lab, server, windowS));
  const figures = [shown('wrk, p50, ms', wrk), shown('undici, p50, ms', undici), shown('fetch, p50, ms', fetch)];
  return { check: 'floor of each client: a server that answers at once', figures, spoiled: null };
}

function wrkWindow({ cores }: Lab, { url }: KnownServer, durationS: number): Promise<number> {
  return wrkP50Ms({ url, durationS, core: cores?.client ?? null });
}
