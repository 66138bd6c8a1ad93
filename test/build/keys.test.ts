/** `npm run keys`: from a new key to a request that it opens, and to one that it opens no more. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startWorkerd } from '../../bench/arms/workerd.ts';
import { keyArguments, readKeyFile } from '../../deploy/key-file.ts';
import { ask } from '../support/ask.ts';
import { listen } from '../support/listen.ts';
import { run } from '../support/run.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-'));
  file = join(folder, 'keys');
});
afterEach(() => rmSync(folder, { recursive: true }));

const keys = (args: readonly string[], environment: NodeJS.ProcessEnv = {}) =>
  run(process.execPath, ['deploy/keys.ts', ...args, '--file', file], environment);

/** What a Worker with the file's line answers to a key. */
async function statusOf(key: string): Promise<number> {
  const API_KEYS = readFileSync(file, 'utf8').trimEnd().replace('API_KEYS=', '');
  const server = await startWorkerd([{ worker: 'combined', vars: { API_KEYS } }]);
  const { status } = await ask(server.url, { method: 'GET', path: '/v2', headers: { authorization: `Bearer ${key}` } });
  await server.stop();
  return status;
}

it('makes keys that a Worker knows, lists them without what opens, and revokes them', async () => {
  const made = await keys(['new', 'ci']);
  const key = made.stdout.trimEnd();
  expect(key).toMatch(/^tk_ci_[\w-]{43}$/);
  expect(made.stderr).toMatch(/^ci opens infer\. This is the only time that the key is shown; .*wrangler secret bulk/s);
  const next = (await keys(['new', '--scope', 'admin+infer'])).stdout.trimEnd();
  expect(next).toMatch(/^tk_[0-9a-f]{8}_/);
  expect([await statusOf(key), await statusOf(next)]).toEqual([200, 200]);

  const listed = await keys(['list']);
  expect(listed.stdout.replaceAll(/ +/g, ' ')).toBe(`ci infer\n${next.split('_')[1]} infer+admin\n`);
  for (const text of [made.stderr, listed.stdout, readFileSync(file, 'utf8')])
    expect(text).not.toContain(key.slice(-20));

  expect((await keys(['revoke', 'ci'])).code).toBe(0);
  expect([await statusOf(key), await statusOf(next)]).toEqual([401, 200]);
  expect((await keys(['revoke', next.split('_')[1] ?? ''])).stderr).toContain('No key is left, so nobody is let in');
  expect(await statusOf(next)).toBe(401);
});

it.each([
  [['new', 'No Good'], 'ID: expected up to 32 of a-z, 0-9 and -, got "No Good"'],
  [['new', 'x', '--scope', 'infer+root'], '--scope: expected one of infer, admin, got "root"'],
  [['revoke', 'x'], 'ID: expected nothing, as there are no keys, got "x"'],
  [['new', 'x', '--put', 'predictor'], '--put: expected one of combined, gateway, got "predictor"'],
])('refuses %s in words, and leaves no key behind', async (args, message) => {
  expect(await keys(args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(`keys: ${message}`) });
  expect(readKeyFile(file)).toEqual([]);
});

it('does not write over a file that holds something else, nor an id twice', async () => {
  await keys(['new', 'ci']);
  expect((await keys(['new', 'ci'])).stderr).toContain('expected one that no key has, got "ci"');
  writeFileSync(file, 'API_KEYS=secret-of-another-kind\n');
  const { code, stderr } = await keys(['new', 'other']);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/entry 1: expected ID:SCOPES:SHA256.*, got 22 characters/)]);
});

it('puts the list to the Worker that is named: hashes alone', async () => {
  const sent: string[] = [];
  const api = createServer(async (request, response) => {
    sent.push(`${request.method} ${request.url} ${Buffer.concat(await request.toArray())}`);
    response.setHeader('content-type', 'application/json');
    response.end('{"success":true,"errors":[],"messages":[],"result":{"bindings":[]}}');
  });
  const { url, close } = await listen(api);
  const environment = {
    CLOUDFLARE_API_BASE_URL: `${url.origin}/client/v4`,
    CLOUDFLARE_API_TOKEN: 'none',
    CLOUDFLARE_ACCOUNT_ID: 'none',
  };
  const { code, stdout } = await keys(['new', 'ci', '--put', 'gateway'], environment);
  close();
  expect(code).toBe(0);
  expect(stdout).toMatch(/^tk_ci_[\w-]{43}\n$/);
  const all = sent.join('\n');
  expect(all).toContain('/workers/scripts/tandem-gateway/');
  expect(all).toMatch(/API_KEYS.*ci:infer:[0-9a-f]{64}/s);
  expect(all).not.toContain('tk_ci_');
});

it('lets a deployment of a public Worker take the file along', () => {
  expect(keyArguments('combined', file)).toEqual([]);
  writeFileSync(file, 'API_KEYS=');
  expect(keyArguments('gateway', file)).toEqual(['--secrets-file', file]);
  expect(keyArguments('predictor', file)).toEqual([]);
});
