/** `npm run bench` as people use it: wrong use, interruptions, two runs at once, and everything anew from the records. */
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withDescendants } from '../../bench/arms/processes.ts';
import { keepResults, type ResultsKeeper } from '../support/results-folder.ts';
import { type Running, run, start } from '../support/run.ts';

const CLI = 'bench/cli.ts';
const ONLY_ARMS = ['--arms', 'null,combined'];

it.each([
  [['--arms', 'nope'], 2, /^bench: --arms: expected a list of null, .*, got "nope"$/],
  [['--models', 'nope'], 2, /^bench: --models: expected a list of auto-mpg.*, got "nope"$/],
  [
    ['measure'],
    2,
    /^bench: verb: expected run, report, compare, selftest, advise, got "measure"; see npm run bench -- --help$/,
  ],
  [['compare', 'one'], 2, /^bench: compare: expected OLD NEW, got "one"; see npm run bench -- compare --help$/],
  [
    ['compare', 'package.json', 'package.json'],
    2,
    /^bench: package\.json: expected results of schema 2, got undefined at schema$/,
  ],
  [['report', 'models'], 2, /^bench: models: expected the folder of a run with environment\.json, got none$/],
  [['advise', '--rate', 'many'], 2, /^bench: --rate: expected .*, got "many"$/],
  [['selftest', 'all'], 2, /^bench: selftest: expected no operand, got "all"; see npm run bench -- selftest --help$/],
])('npm run bench -- %j ends with code %i', async (args, expectedCode, message) => {
  const { code, stdout, stderr } = await run('node', [CLI, ...args]);
  expect({ code, stdout }).toEqual({ code: expectedCode, stdout: '' });
  expect(stderr.split('\n').at(-2)).toMatch(message);
});

/** The command lines of those processes that are still there. */
function alive(pids: readonly number[]): string[] {
  return pids.flatMap((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || [];
    } catch {
      return [];
    }
  });
}

describe('a run', () => {
  let results: ResultsKeeper;
  let bench: Running;

  beforeEach(async () => {
    results = keepResults();
    bench = start('node', [CLI, ...ONLY_ARMS]);
    await expect.poll(() => results.recordedBytes(), { timeout: 60_000 }).toBeGreaterThan(20_000);
  });

  afterEach(async () => {
    bench.child.kill('SIGKILL');
    await bench.finished;
    results.restore();
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'that gets %s keeps what it has, says where, and leaves no process',
    async (signal) => {
      const pids = withDescendants(bench.child.pid ?? 0);
      if (process.platform === 'linux')
        expect(alive(pids).join('\n')).toMatch(/generator\.ts[\s\S]*workerd|workerd[\s\S]*generator\.ts/);
      bench.child.kill(signal);
      const { code, stderr } = await bench.finished;
      expect(code).toBe(128 + constants.signals[signal]);
      const [, folder = ''] = /cut off; what was measured is in (\S+), marked incomplete/.exec(stderr) ?? [];
      expect(existsSync(folder)).toBe(true);
      await expect.poll(() => alive(pids), { timeout: 10_000 }).toEqual([]);
      const report = await run('node', [CLI, 'report', folder]);
      expect(report.code).toBe(0);
      expect(report.stdout).toMatch(/^\s*No answer: /);
    },
  );

  it('that is killed outright leaves no process either', async () => {
    const pids = withDescendants(bench.child.pid ?? 0);
    bench.child.kill('SIGKILL');
    await bench.finished;
    await expect.poll(() => alive(pids), { timeout: 10_000 }).toEqual([]);
  });

  it('keeps a second one from measuring at the same time', async () => {
    const second = await run('node', [CLI, ...ONLY_ARMS]);
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(
      /^bench: expected to measure alone, but another run is measuring: bench\/results is locked$/m,
    );
    expect(bench.child.exitCode).toBeNull();
  });
});

describe('the records of a whole run', () => {
  it('give the same results anew, and compare and advise read them', async () => {
    const results = keepResults();
    try {
      const measured = await run('node', [CLI, '--only', 'cold-start', '--arms', 'null,floor']);
      expect([measured.code, measured.stdout]).toEqual([0, expect.stringMatching(/COLD START[\s\S]*\bfloor\b/)]);
      const folder = results.newest() ?? '';
      const before = readFileSync(join(folder, 'results.json'), 'utf8');
      const again = await run('node', [CLI, 'report', folder]);
      expect(again.stdout).toBe(measured.stdout);
      expect(readFileSync(join(folder, 'results.json'), 'utf8')).toBe(before);
      expect(readFileSync(join(folder, 'report.html'), 'utf8')).toMatch(/^<!doctype html>/i);
      const advice = await run('node', [CLI, 'advise', folder]);
      expect([advice.code, advice.stdout]).toEqual([0, expect.stringContaining('NOT SUPPORTED BY THE DATA')]);
      const compared = await run('node', [CLI, 'compare', folder, folder]);
      expect([compared.code, compared.stderr]).toEqual([3, '']);
    } finally {
      results.restore();
    }
  });
});
