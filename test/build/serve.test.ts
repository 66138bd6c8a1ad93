/** `npm run serve`: one line when ready, nothing left running, one line and exit code 2 for what cannot work. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ARM_NAMES, isWorkerdArm, whyUnavailable } from '../../bench/arms/arms.ts';
import { ROOT } from '../../models/build/workers.ts';
import { ask } from '../support/ask.ts';
import { PREDICTION, ROW } from '../support/rows.ts';
import { run, start } from '../support/run.ts';

const SERVE = 'bench/arms/serve.ts';
const PREDICT = {
  path: '/predict',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ features: ROW }),
};

/** Whether anybody still answers at `url`, looked at until nobody does or 10 s are over. */
async function stillAnswers(url: URL): Promise<boolean> {
  for (let i = 0; i < 100; i++) {
    const answered = await ask(url, PREDICT).then(
      () => true,
      () => false,
    );
    if (!answered) return false;
    await sleep(100);
  }
  return true;
}

/** Of the peers those of two programs with children of their own; that each one answers, its own test sees to. */
const SERVED = [...ARM_NAMES.filter(isWorkerdArm), 'flask-pair-gunicorn', 'deno-pair'] as const;
const UNAVAILABLE = SERVED.flatMap((arm) => whyUnavailable(arm) ?? []);
if (UNAVAILABLE.length > 0) it.skip(`skipped: ${UNAVAILABLE.join('; ')}`);

it.each(SERVED.filter((arm) => whyUnavailable(arm) === null))(
  'serves %s, says so in one line, and ends with SIGTERM',
  async (arm) => {
    const serve = start('node', [SERVE, '--arm', arm]);
    const line = await serve.until(/\n/);
    expect(line).toMatch(/^ready http:\/\/127\.0\.0\.1:\d+\n$/);
    const url = new URL(line.slice('ready '.length).trim());
    const { prediction } = JSON.parse((await ask(url, PREDICT)).text);
    expect(prediction).toBeCloseTo(arm === 'null' ? 0 : PREDICTION, 4);
    serve.child.kill('SIGTERM');
    expect((await serve.finished).code).toBe(143);
    expect(await stillAnswers(url)).toBe(false);
  },
);

it('serves a build of another runtime and without the default model', async () => {
  const serve = start('node', [SERVE, '--arm', 'pair-rpc', '--runtime', 'stock', '--models', 'penguins']);
  const url = new URL((await serve.until(/\n/)).slice('ready '.length).trim());
  const { text } = await ask(url, { path: '/v2/repository/index', body: '{}' });
  expect(JSON.parse(text).map(({ name }: { name: string }) => name)).toEqual(['penguins']);
  serve.child.kill('SIGTERM');
  expect((await serve.finished).code).toBe(143);
});

/** Whether the program handles signals: bit 1, SIGHUP, of those caught. Node itself catches SIGINT, but not this one. */
function handlesSignals(pid: number | undefined): boolean {
  if (process.platform !== 'linux') return true;
  const [, caught = '0'] = /^SigCgt:\s+([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (BigInt(`0x${caught}`) & 1n) !== 0n;
}

it('ends with SIGINT, also before it is ready', async () => {
  const serve = start('node', [SERVE, '--arm', 'pair-http']);
  await expect.poll(() => handlesSignals(serve.child.pid), { timeout: 30_000 }).toBe(true);
  serve.child.kill('SIGINT');
  expect((await serve.finished).code).toBe(130);
});

it('ends when its parent goes away', async () => {
  const program = `const { spawn } = require('node:child_process');
    const child = spawn('node', ['${SERVE}', '--arm', 'pair-http'], { stdio: ['ignore', 'inherit', 'ignore'] });
    setInterval(() => {}, 1000);`;
  const parent = spawn('node', ['-e', program], { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] });
  const line = await new Promise<string>((resolve) => parent.stdout.once('data', (chunk) => resolve(String(chunk))));
  const url = new URL(line.slice('ready '.length).trim());
  expect((await ask(url, PREDICT)).status).toBe(200);
  parent.kill('SIGKILL');
  expect(await stillAnswers(url)).toBe(false);
});

it.each(['SIGTERM', 'SIGKILL'] as const)('ends when the npm that runs it gets %s', async (signal) => {
  const npm = start('npm', ['run', '-s', 'serve', '--', '--arm', 'pair-http']);
  const line = await npm.until(/\n/);
  const url = new URL(line.slice('ready '.length).trim());
  npm.child.kill(signal);
  expect(await stillAnswers(url)).toBe(false);
});

describe('refuses with one line and exit code 2', () => {
  it.each([
    ['an unknown arm', ['--arm', 'nope'], /^serve: --arm: expected one of null, .*, got "nope"\n$/],
    ['no arm', [], /^serve: --arm: expected one of .*, got ""\n$/],
    [
      'a port that is none',
      ['--arm', 'null', '--port', '99999'],
      /^serve: --port: expected 0 to 65535, got "99999"\n$/,
    ],
    ['an unknown runtime', ['--arm', 'null', '--runtime', 'x'], /^serve: --runtime: expected .*stock.*, got "x"\n$/],
    ['an unknown model', ['--arm', 'null', '--models', 'x'], /^serve: --models: expected a list of .*, got "x"\n$/],
    ['an unknown option', ['--arm', 'null', '--prot', '1'], /^serve: Unknown option '--prot'\.?.*\n$/],
  ])('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await run('node', [SERVE, ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it.each(['null', 'pair-http'])('a port that is taken, for %s', async (arm) => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const { code, stdout, stderr } = await run('node', [SERVE, '--arm', arm, '--port', String(port)]);
    taken.close();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^serve: .*in use \\(127\\.0\\.0\\.1:${port}\\).*\\n$`));
  });
});
