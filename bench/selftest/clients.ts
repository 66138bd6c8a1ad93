/** Whether our clients measure what `wrk` measures, a load generator of its own kind and language (https://github.com/wg/wrk; Debian's package), and keep a high rate against the empty Worker on workerd without being what is measured. */
import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pin, withTemporaryFolder } from '../arms/processes.ts';
import { buildArms, startArm } from '../arms/start-arm.ts';
import { CLIENT_NAMES, type ClientName } from '../load/client.ts';
import { payloads } from '../load/payloads.ts';
import { judgeHealth, ownFault } from '../load/window.ts';
import { EMPTY } from '../load/workloads.ts';
import { peakMemoryMiB } from '../meters/process.ts';
import { quantile } from '../stats/distributions.ts';
import { type Figure, type Finding, shown } from './finding.ts';
import { type Lab, type Measured, percentileMs, type Window } from './lab.ts';
import { CLOSED, type Floors } from './latency.ts';

const MS_PER_S = 1000;

/** How much longer than its window wrk may run. */
const GRACE_MS = 10_000;

/** Whether the program is there. */
export function hasWrk(): boolean {
  return spawnSync('wrk', ['--version'], { stdio: 'ignore' }).error === undefined;
}

/** Median latency of a closed loop with one connection that sends our request, for whole seconds. Rejects when wrk fails. */
function wrkP50Ms({ cores }: Lab, server: string, durationS: number): Promise<number> {
  const [{ path, method, headers, body }] = payloads(EMPTY);
  // Strings of Lua that take anything but their own end.
  const lines = Object.entries(headers).map(([name, value]) => `wrk.headers[ [==[${name}]==] ] = [==[${value}]==]`);
  return withTemporaryFolder('wrk', async (folder) => {
    const script = join(folder, 'request.lua');
    writeFileSync(script, [`wrk.method = '${method}'`, ...lines, `wrk.body = [==[${body ?? ''}]==]`, ''].join('\n'));
    const wrk = ['wrk', '--latency', '-t1', '-c1', `-d${durationS}s`, '-s', script, new URL(path, server).href];
    const [program = '', ...args] = cores === null ? wrk : ['taskset', '-c', cores.client, ...wrk];
    const { stdout } = await promisify(execFile)(program, args, { timeout: durationS * MS_PER_S + GRACE_MS });
    return readP50Ms(stdout);
  });
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
  return lab.withServer({ kind: 'delay', delayMs }, async (server) => {
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

/** Medians on a server that answers at once, which are the clients' own, wrk's measured now; nothing is subtracted from anything. */
export async function showFloors(lab: Lab, { undici, fetch }: Floors, windowS: number): Promise<Finding> {
  const wrk = await lab.withServer({ kind: 'delay', delayMs: 0 }, ({ url }) => wrkP50Ms(lab, url, windowS));
  const figures = [shown('wrk, p50, ms', wrk), shown('undici, p50, ms', undici), shown('fetch, p50, ms', fetch)];
  return { check: 'floor of each client: a server that answers at once', figures, spoiled: null };
}

const US_PER_MS = 1000;
const US_PER_S = 1e6;

/** The same load at first for so long: the Worker starts cold, and the generator's code for open loops is not compiled yet. */
const WARM_UP_MS = 5000;
const REPEATS = 2;

/** One window of Poisson arrivals; one that the generator spoiled is measured again, up to twice, as the benchmark does. */
export async function checkHighRate(lab: Lab, ratePerS: number, durationMs: number): Promise<Finding> {
  await buildArms(['null'], {});
  const { url, processes, stop } = await startArm('null');
  try {
    if (lab.cores !== null) for (const { pid } of processes) pin(pid, lab.cores.servers);
    const load = { kind: 'open', arrivals: 'poisson', ratePerS } as const;
    const run = (ms: number) => lab.run(url.href, { load, durationMs: ms });
    await run(WARM_UP_MS);
    let window = await run(durationMs);
    for (let i = 0; i < REPEATS && ownFault(window) !== null; i++) window = await run(durationMs);
    const peakMiB = peakMemoryMiB(lab.generatorPid);
    const memory = peakMiB === null ? [] : [shown('peak memory of the generator, MiB', peakMiB)];
    return {
      check: `open loop at ${ratePerS}/s Poisson against the empty Worker, undici`,
      figures: [...rateFigures(window), ...memory],
      // Being late is excused where other programs held the generator's core, and nowhere else.
      spoiled: window.crowded,
      note: judgeHealth(window),
    };
  } finally {
    await stop();
  }
}

/** The window is one that the benchmark would use. */
export function rateFigures(window: Window): Figure[] {
  const { intendedUs, sentUs } = window.requests;
  const lagsUs = sentUs.map((sent, i) => sent - (intendedUs[i] ?? Number.NaN));
  const spanUs = (sentUs.at(-1) ?? 0) - (sentUs[0] ?? 0);
  return [
    { name: 'rules of a valid window that are broken', got: judgeHealth(window) === null ? 0 : 1, low: 0, high: 0 },
    shown('lag p99, ms', (quantile(lagsUs, 0.99) ?? Number.NaN) / US_PER_MS),
    shown('sent, 1/s', ((sentUs.length - 1) / spanUs) * US_PER_S),
    shown('share of a core besides waiting', (window.clientCpuMs - window.spinMs) / window.elapsedMs),
  ];
}
