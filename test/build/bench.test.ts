/** The benchmark, small but whole: real arms, a real target, real clients. */
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningArm, startArm } from '../../bench/arms/start-arm.ts';
import { type ComparisonPlan, runComparison } from '../../bench/experiments/comparison.ts';
import type { Subject } from '../../bench/experiments/subject.ts';
import { run, start } from '../support/run.ts';

function plan(subjects: readonly Subject[]): ComparisonPlan {
  return {
    profile: { name: 'test', starts: 2, rounds: 2, connections: [1, 8], warmUpMs: 30, windowMs: 60 },
    subjects,
    latencyClient: 'fetch',
    throughputClient: 'undici',
    seed: 1,
    build: {},
    cores: null,
    onProgress: () => undefined,
  };
}

describe('a comparison', () => {
  let target: RunningArm;
  beforeAll(async () => {
    target = await startArm('pair-rpc');
  });
  afterAll(() => target.stop());

  it('measures arms and targets in every start, and finds every answer right', async () => {
    const done: number[] = [];
    const records = await runComparison({
      ...plan([
        { kind: 'arm', name: 'combined' },
        { kind: 'target', name: 'elsewhere', url: target.url },
      ]),
      onProgress: (_, share) => done.push(share),
    });
    expect(records.map(({ name, errors }) => [name, errors])).toEqual([
      ['combined', 0],
      ['elsewhere', 0],
    ]);
    for (const { starts, requests } of records) {
      expect(requests).toBeGreaterThan(10);
      expect(starts.map(({ latencyP50Ms, rps1, rps8 }) => [latencyP50Ms.length, rps1.length, rps8.length])).toEqual([
        [2, 1, 1],
        [2, 1, 1],
      ]);
    }
    const onLinux = process.platform === 'linux' ? 1 : 0;
    expect(records[0]?.starts[0]?.cpuMsPerRequest).toHaveLength(onLinux);
    expect(records[0]?.starts[0]?.memoryMiB).toHaveLength(onLinux);
    expect(records[1]?.starts[0]?.memoryMiB).toEqual([]);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBeLessThan(1);
  });

  it('rejects for a target that answers wrongly or not at all', async () => {
    const arm: Subject = { kind: 'arm', name: 'floor' };
    const wrong = await startArm('null');
    const target = (name: string, url: URL): Subject => ({ kind: 'target', name, url });
    await expect(runComparison(plan([arm, target('wrong', wrong.url)]))).rejects.toThrow(
      'wrong: expected a right first answer, got 200 {"prediction":0}',
    );
    await wrong.stop();
    await expect(runComparison(plan([arm, target('gone', wrong.url)]))).rejects.toThrow(
      `gone: expected an answer from ${wrong.url.origin}, got none`,
    );
  });
});

it.each([
  [['--arms', 'nope'], 2, /^bench: --arms: expected/],
  [['--models', 'nope'], 2, /^bench: --models: expected a list of auto-mpg.*, got "nope"/],
  [['--target', 'gone=http://127.0.0.1:9'], 1, /bench: .*gone.*http:\/\/127\.0\.0\.1:9/],
])('npm run bench -- %j ends with code %i', async (args, expectedCode, message) => {
  const { code, stdout, stderr } = await run('node', ['bench/cli.ts', ...args]);
  expect({ code, stdout }).toEqual({ code: expectedCode, stdout: '' });
  expect(stderr.split('\n').at(-2)).toMatch(message);
});

/** Command lines of running processes that name `text`. */
function commandsWith(text: string): string[] {
  const commands = globSync('/proc/[0-9]*/cmdline').map((file) => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  });
  return commands.filter((command) => command.includes(text));
}

it.each(['SIGINT', 'SIGTERM'] as const)(
  'cold starts end with %s, and leave no process and no folder',
  async (signal) => {
    const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('tandem-cold-start-'));
    const before = folders();
    const bench = start('node', ['bench/cli.ts', '--only', 'cold-start', '--arms', 'null,floor']);
    await expect.poll(() => folders().length, { timeout: 60_000 }).toBeGreaterThan(before.length);
    const [folder = ''] = folders().filter((name) => !before.includes(name));
    bench.child.kill(signal);
    expect((await bench.finished).code).toBe(128 + constants.signals[signal]);
    expect(folders()).not.toContain(folder);
    await expect.poll(() => commandsWith(folder), { timeout: 10_000 }).toEqual([]);
  },
);
