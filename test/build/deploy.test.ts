/**
 * Deploying by the real wrangler, against a stand-in for Cloudflare's API: what is uploaded, in which order and with which
 * bindings; what is checked before and after; what is said when it stops halfway; and what deletes it all again.
 */
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type RunningWorkers, startWorkers } from '../../models/build/start-workers.ts';
import { ROOT, readConfig } from '../../models/build/workers.ts';
import { type CloudflareApi, cloudflareApi, TEMPORARY_TOKEN } from '../support/cloudflare-api.ts';
import { listen } from '../support/listen.ts';
import { copyProject } from '../support/project-copy.ts';
import { type Finished, run } from '../support/run.ts';

const TOKEN = 'a-token-that-nobody-may-read';

const copy = copyProject([]);

let api: CloudflareApi;
/** Holds what wrangler keeps for its user. */
let home: string;
beforeAll(async () => {
  api = await cloudflareApi();
  home = mkdtempSync(join(tmpdir(), 'tandem-home-'));
});
beforeEach(() => {
  api.asked.length = 0;
});
afterAll(() => {
  api.close();
  rmSync(home, { recursive: true });
});

/** Runs a script of package.json, logged in by a token or by nothing. No token is in anything that it prints or keeps. */
async function npm(script: string, args: readonly string[], token?: string, key?: string): Promise<Finished> {
  const finished = await run('npm', ['run', script, '--', ...args], {
    ...api.environment(token),
    XDG_CONFIG_HOME: home,
    TANDEM_API_KEY: key,
  });
  const logs = globSync('.wrangler/logs/*', { cwd: home }).map((file) => readFileSync(join(home, file), 'utf8'));
  for (const secret of [TOKEN, TEMPORARY_TOKEN])
    expect([finished.stdout, finished.stderr, ...logs].join('\n')).not.toContain(secret);
  return finished;
}

/** The calls that changed something, in their order. */
function changes(): string[] {
  return api.asked.map(({ call }) => call).filter((call) => !call.startsWith('GET '));
}

/** What was sent with the one call that is as named. */
function sent(call: string, part: string): unknown {
  const [request, ...others] = api.asked.filter((asked) => asked.call === call);
  expect(others).toEqual([]);
  return JSON.parse(String(request?.form.get(part)));
}

it.each([
  ['deploy', ['combined']],
  ['deploy:pair', ['predictor', 'gateway']],
])('%s -- --dry-run looks, bundles and uploads nothing', async (script, workers) => {
  const { code, stdout, stderr } = await npm(script, ['--dry-run']);
  expect(code).toBe(0);
  expect(stdout.match(/--dry-run: exiting now/g)).toHaveLength(workers.length);
  expect(stderr).toMatch(/tandem[a-z-]*: \d+\.\d MiB of 64\.0 MiB[\s\S]*OPEN TO ANYBODY/);
  expect(api.asked).toEqual([]);
});

it('of a build on the stock runtime is refused, unless it is said to be meant', async () => {
  const args = ['--dry-run', '--runtime', 'stock', '--models', 'auto-mpg'];
  const refused = await npm('deploy', args);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(
    /deploy: expected a build whose runtime can be reset, got one with the stock runtime.*--allow-stock/,
  );
  expect(refused.stdout).not.toContain('exiting now');
  const { code, stdout } = await npm('deploy', [...args, '--allow-stock']);
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('--dry-run: exiting now') });
  expect(api.asked).toEqual([]);
}, 300_000);

it('without a login and anybody to ask, nothing is uploaded, and the ways to go on are named', async () => {
  const { code, stderr } = await npm('deploy', []);
  expect(code).toBe(1);
  expect(stderr).toMatch(/expected a login at Cloudflare, got none: npx wrangler login, or .*_API_TOKEN.*--temporary/);
  expect(api.asked).toEqual([]);
});

it('the pair lands in one temporary account, the private predictor first, and its address is checked', async () => {
  const workers = await startWorkers([{ worker: 'combined' }]);
  const address = await listenLate(workers);
  const { code, stdout, stderr } = await npm(
    'deploy:pair',
    ['--temporary', '--url', address.url.href],
    undefined,
    'key',
  );
  address.close();
  await workers.stop();
  expect([code, changes()]).toEqual([
    0,
    [
      'POST /provisioning/previews/challenge',
      'POST /provisioning/previews',
      'PUT /workers/scripts/tandem-predictor',
      'POST /workers/scripts/tandem-predictor/subdomain',
      'POST /workers/scripts/tandem-gateway/assets-upload-session',
      'POST /workers/assets/upload',
      'PUT /workers/scripts/tandem-gateway',
      'POST /workers/scripts/tandem-gateway/subdomain',
    ],
  ]);
  const uploads = api.asked.filter(({ call }) => call.startsWith('PUT '));
  expect(uploads.map(({ authorization }) => authorization)).toEqual(Array(2).fill(`Bearer ${TEMPORARY_TOKEN}`));
  expect(sent('PUT /workers/scripts/tandem-predictor', 'metadata')).toEqual({
    main_module: 'index.js',
    bindings: varsOf('predictor'),
    compatibility_date: '2026-07-30',
    compatibility_flags: [],
    observability: { enabled: true, head_sampling_rate: 0.1 },
  });
  expect(sent('PUT /workers/scripts/tandem-gateway', 'metadata')).toMatchObject({
    bindings: [...varsOf('gateway'), { name: 'PREDICTOR', type: 'service', service: 'tandem-predictor' }],
    compatibility_date: '2026-07-30',
    assets: { config: { run_worker_first: expect.arrayContaining(['/predict', '/v2/*']) } },
  });
  expect(uploads.map(({ form }) => [...form.keys()].some((name) => name.endsWith('.wasm')))).toEqual([true, false]);
  expect(
    Object.keys(Object(sent('POST /workers/scripts/tandem-gateway/assets-upload-session', 'body')).manifest),
  ).toEqual(expect.arrayContaining(['/index.html', '/docs.html', '/openapi.json', '/client.js']));
  const open = { enabled: true, previews_enabled: false };
  expect(sent('POST /workers/scripts/tandem-predictor/subdomain', 'body')).toEqual({ ...open, enabled: false });
  expect(sent('POST /workers/scripts/tandem-gateway/subdomain', 'body')).toEqual(open);
  expect(new Set(address.keys)).toEqual(new Set(['Bearer key']));
  expect(stderr).toMatch(/OPEN TO ANYBODY[\s\S]*waiting: model auto-mpg@1, golden case 0: .*status 404/);
  for (const line of [
    'Claim URL: https://example.com/claim',
    'uploaded:   tandem-gateway, version 11111111-2222-4333-8444-555555555555, https://tandem-gateway.somebody.workers.dev',
    'to go back: npx wrangler delete tandem-predictor --temporary',
    `checked:    ${address.url.href} answers as the golden files of 3 model(s) say`,
  ])
    expect(stdout).toContain(line);
});

it('models verify --url asks any deployment, and fails where none answers', async () => {
  const workers = await startWorkers([{ worker: 'gateway' }, { worker: 'predictor' }]);
  const right = await npm('models', ['verify', '--url', workers.url.href]);
  await workers.stop();
  expect(right).toMatchObject({ code: 0, stdout: expect.stringMatching(/3 model\(s\) at .* answer as their golden/) });
  const gone = await npm('models', ['verify', '--url', workers.url.href]);
  expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining('ECONNREFUSED') });
});

function varsOf(worker: 'gateway' | 'predictor') {
  return Object.entries(readConfig(worker).vars).map(([name, text]) => ({ name, type: 'plain_text', text }));
}

/** An address that is not there yet when it is first asked, and what it was sent as keys. */
async function listenLate(workers: RunningWorkers) {
  const keys: unknown[] = [];
  const server = createServer((request, response) => {
    request.resume();
    if (keys.push(request.headers.authorization) === 1)
      return response.writeHead(404).end('<h1>There is nothing here yet</h1>');
    return response.writeHead(307, { Location: new URL(request.url ?? '', workers.url).href }).end();
  });
  return { ...(await listen(server)), keys };
}

it('the predictor is deployed alone, and nothing is checked that has no address', async () => {
  api.workers.clear();
  const { code, stdout, stderr } = await npm('deploy:pair', ['--only', 'predictor'], TOKEN);
  expect([code, changes()]).toEqual([
    0,
    ['PUT /workers/scripts/tandem-predictor', 'POST /workers/scripts/tandem-predictor/subdomain'],
  ]);
  expect(stdout).toContain('not checked: no address is known here; npm run models -- verify --url URL');
  expect(stderr).not.toContain('OPEN TO ANYBODY');
});

it('a gateway that is refused leaves the new predictor, and both ways from there are told', async () => {
  api.workers.add('tandem-gateway').add('tandem-predictor');
  api.refused.add('tandem-gateway');
  const { code, stdout, stderr } = await npm('deploy:pair', ['--url', 'http://localhost:1'], TOKEN);
  expect(code).toBe(1);
  expect(stderr).toContain('The upload is refused. [code: 10021]');
  expect(stderr).not.toContain('OPEN TO ANYBODY');
  expect(stdout).toMatch(
    /uploaded: {3}tandem-predictor, version .*\nNOT UPLOADED: tandem-gateway; .*\nto go on: {3}npm run deploy:pair -- --only gateway --url http:\/\/localhost:1\nto go back: npx wrangler rollback --name tandem-predictor\n$/,
  );
});

it('the predictor on trial is uploaded beside the other one', async () => {
  const { code, stdout } = await npm('deploy:pair', ['--canary'], TOKEN);
  expect([code, changes()]).toEqual([
    0,
    ['PUT /workers/scripts/tandem-predictor-canary', 'POST /workers/scripts/tandem-predictor-canary/subdomain'],
  ]);
  expect(stdout).toContain('uploaded:   tandem-predictor-canary, version');
});

it('canary changes one secret of a gateway that has the binding', async () => {
  cpSync(join(ROOT, 'deploy'), join(copy, 'deploy'), { recursive: true });
  const config = join(copy, 'workers/gateway/wrangler.toml');
  const canary = (state: string) =>
    run(process.execPath, [join(copy, 'deploy/canary.ts'), state], {
      ...api.environment(TOKEN),
      XDG_CONFIG_HOME: home,
    });
  expect(await canary('5')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('expected a binding PREDICTOR_CANARY'),
  });
  const text = readFileSync(config, 'utf8');
  writeFileSync(config, text.replace(/# (\[\[services\]\])\n# (.*CANARY.*)\n# (.*)/, '$1\n$2\n$3'));
  expect(await canary('many')).toMatchObject({
    code: 2,
    stderr: 'canary: STATE: expected a percentage, 0 to 100, shadow, promote or abort, got "many"\n',
  });
  api.workers.delete('tandem-gateway');
  expect(await canary('5')).toMatchObject({ code: 1, stderr: expect.stringContaining('"tandem-gateway" not found') });
  expect(changes()).toEqual([]);
  api.workers.add('tandem-gateway');
  for (const [state, value] of Object.entries({ 5: '5', shadow: 'shadow', promote: '100', abort: 'off' })) {
    const { code, stdout } = await canary(state);
    expect([code, stdout]).toEqual([0, expect.stringContaining(`tandem-gateway: CANARY is ${value}.`)]);
    expect(changes()).toEqual(['PUT /workers/scripts/tandem-gateway/secrets']);
    expect(sent('PUT /workers/scripts/tandem-gateway/secrets', 'body')).toMatchObject({ name: 'CANARY', text: value });
    api.asked.length = 0;
  }
});

it('undeploy deletes what is there, the gateway before its predictor, and only when it is meant', async () => {
  expect(await npm('undeploy', [], TOKEN)).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
  expect(api.asked).toEqual([]);
  const { code, stdout } = await npm('undeploy', ['--yes'], TOKEN);
  expect([code, changes()]).toEqual([
    0,
    ['tandem-gateway', 'tandem-predictor', 'tandem-predictor-canary'].map((name) => `DELETE /workers/services/${name}`),
  ]);
  expect(stdout).toMatch(/(tandem-(gateway|predictor|predictor-canary): deleted\n){3}tandem: not there\n$/);
  expect(api.workers.size).toBe(0);
});
