/** Deploying with --dry-run uploads nothing, of either deployment: no request reaches Cloudflare's API. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../support/run.ts';

let api: Server;
let requests: string[] = [];
let environment: NodeJS.ProcessEnv;
beforeAll(async () => {
  api = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    response.writeHead(500, { 'content-type': 'application/json' });
    response.end('{"success":false,"errors":[{"code":1,"message":"no"}],"result":null}');
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  const { port } = api.address() as AddressInfo;
  environment = {
    CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${port}/client/v4`,
    CLOUDFLARE_API_TOKEN: 'none',
    CLOUDFLARE_ACCOUNT_ID: 'none',
  };
});
afterAll(() => api.close());

it.each([
  ['deploy', ['wrangler.toml']],
  ['deploy:pair', ['predictor', 'gateway']],
])('%s -- --dry-run', async (script, workers) => {
  requests = [];
  const { code, stdout } = await run('npm', ['run', script, '--', '--dry-run'], environment);
  expect(code).toBe(0);
  expect(stdout.match(/--dry-run: exiting now/g)).toHaveLength(workers.length);
  expect(requests).toEqual([]);
});

it('of a build on the stock runtime is refused, unless it is said to be meant', async () => {
  requests = [];
  const args = ['run', 'deploy', '--', '--dry-run', '--runtime', 'stock', '--models', 'auto-mpg'];
  const refused = await run('npm', args, environment);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(
    /deploy: expected a build whose runtime can be reset, got one with the stock runtime.*--allow-stock/,
  );
  expect(refused.stdout).not.toContain('exiting now');
  const { code, stdout } = await run('npm', [...args, '--allow-stock'], environment);
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('--dry-run: exiting now') });
  expect(requests).toEqual([]);
}, 300_000);

it('without --dry-run the same program does reach for the API, so the test above could fail', async () => {
  requests = [];
  const { code } = await run('npm', ['run', 'deploy:pair'], environment);
  expect(code).not.toBe(0);
  expect(requests.length).toBeGreaterThan(0);
});
