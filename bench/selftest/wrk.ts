/** `wrk`, a load generator of its own kind and language, as a witness (https://github.com/wg/wrk; Debian's package). */
import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withTemporaryFolder } from '../arms/temporary-folder.ts';
import type { Payload } from '../load/client.ts';
import { payloads } from '../load/payloads.ts';

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
