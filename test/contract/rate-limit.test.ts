/** The platform's rate limit, as the commented lines of each public Worker's configuration switch it on. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { startWorkers } from '../../models/build/start-workers.ts';
import { configFile, ROOT } from '../../models/build/workers.ts';
import { ask } from '../support/ask.ts';

const LIMIT = 3;

/** The lines that begin with [[ratelimits]] without their comment sign. */
function switchOn(toml: string): string {
  const block = /^# \[\[ratelimits\]\]\n(?:# .*\n)+/m;
  expect(toml).toMatch(block);
  return toml.replace(block, (lines) => lines.replaceAll(/^# /gm, '').replace('limit = 100', `limit = ${LIMIT}`));
}

it.each(['combined', 'gateway'] as const)('%s answers 429 to an address over it, and others still', async (worker) => {
  const root = mkdtempSync(join(tmpdir(), 'tandem-'));
  const file = configFile(worker, root);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, switchOn(readFileSync(configFile(worker), 'utf8')));
  symlinkSync(join(ROOT, 'dist'), join(root, 'dist'));
  const workers = await startWorkers([{ worker, root }]);
  const status = async (address: string) => {
    const headers = { 'CF-Connecting-IP': address };
    return (await ask(workers.url, { method: 'GET', path: '/v2', headers })).status;
  };
  // A new period may begin among them.
  const statuses = await Promise.all(Array.from({ length: 3 * LIMIT }, () => status('192.0.2.1')));
  const other = await status('192.0.2.2');
  await workers.stop();
  rmSync(root, { recursive: true });
  const answered = statuses.filter((one) => one === 200).length;
  expect(answered).toBeGreaterThanOrEqual(LIMIT);
  expect(answered).toBeLessThanOrEqual(2 * LIMIT);
  expect(statuses.filter((one) => one === 429)).toHaveLength(3 * LIMIT - answered);
  expect(other).toBe(200);
});
