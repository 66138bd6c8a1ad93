/** The gateway of a build on Deno, by itself: its predictor is whoever the test says. */
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, HOST, spawnBound } from '../../bench/arms/processes.ts';
import { findInstalled } from '../../bench/peers/peers.ts';
import { ROOT } from '../../models/build/workers.ts';

const DENO = findInstalled('deno');
export const HAS_DENO = DENO !== undefined;
const POLL_MS = 20;

export async function startDenoGateway(vars: Readonly<Record<string, string>>) {
  const port = String(await freePort(0));
  const allowed = ['--no-lock', '--allow-read', '--allow-env', '--allow-net'];
  const module = join(ROOT, 'dist/deno/gateway.js');
  const command = [DENO ?? '', 'serve', ...allowed, '--host', HOST, '--port', port, module];
  const child = spawnBound('KILL', command, {
    env: { ...process.env, ...vars },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  child.stdout?.on('data', (chunk: Buffer) => process.stderr.write(chunk));
  const url = new URL(`http://${HOST}:${port}`);
  while ((await fetch(url).catch(() => null)) === null) {
    if (child.exitCode !== null) throw new Error(`expected deno to serve, but it ended with ${child.exitCode}`);
    await sleep(POLL_MS);
  }
  const stop = async () => {
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  };
  return { url, stop };
}
