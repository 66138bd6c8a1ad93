/** A budget of CPU holds and goes away whatever ends the program; and the grid, small but whole, under such budgets. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeResults } from '../../bench/analysis/make-results.ts';
import { chooseCores } from '../../bench/arms/processes.ts';
import { checkBudget } from '../../bench/commands/selftest.ts';
import { chooseProfile, GRID } from '../../bench/experiments/plan.ts';
import { measure } from '../../bench/experiments/run.ts';
import { openBudgets, whyNoBudgets } from '../../bench/meters/cpu-budget.ts';
import { describeEnvironment, type RunRecord } from '../../bench/run/records.ts';
import { ROOT } from '../../models/build/workers.ts';

const reason = whyNoBudgets();
if (reason !== null) it.skip(`skipped: ${reason}`);

/** Folders of control groups that programs of this benchmark have made. */
function groups(pid: number | undefined): string[] {
  return globSync(`/sys/fs/cgroup/{,cpu/,cpuacct/}tandem-bench-${pid}`);
}

describe.skipIf(reason !== null)('a budget', () => {
  it('is never exceeded by a twentieth of a core, as the self-test has it', async () => {
    const [{ got, high } = { got: 1, high: 0 }] = (await checkBudget()).figures;
    expect(got).toBeLessThanOrEqual(high);
    expect(groups(process.pid)).toEqual([]);
  });

  it.each([
    ['SIGTERM', 'at once'],
    ['SIGKILL', 'with the next program that has budgets'],
  ] as const)('goes away after %s %s', async (signal, when) => {
    const program = `import { spawnBound, exitWhenTold } from './bench/arms/processes.ts';
      import { openBudgets } from './bench/meters/cpu-budget.ts';
      exitWhenTold();
      const budget = openBudgets().of('busy');
      budget.add([spawnBound('KILL', [process.execPath, '-e', 'for(;;);'], { stdio: 'ignore' }).pid]);
      budget.allow(0.1);
      console.log('ready');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    expect(groups(child.pid)).not.toEqual([]);
    child.kill(signal);
    await once(child, 'exit');
    if (when !== 'at once') openBudgets().remove();
    expect(groups(child.pid)).toEqual([]);
  });
});

it.skipIf(reason !== null)('the grid is left out with one line where there are no groups to make', () => {
  const command = 'mount -t tmpfs none /sys/fs/cgroup && mkdir /sys/fs/cgroup/cpu /sys/fs/cgroup/cpuacct && exec "$@"';
  const program = [process.execPath, 'bench/cli.ts', '--only', 'scalability-grid'];
  const options = { cwd: ROOT, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', command, 'sh', ...program], options);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(
    /^bench: the grid is left out, as there is no CPU budget here: ENOENT.*\/cpu\/tandem-bench-.*\n$/,
  );
});

it.skipIf(reason !== null)(
  'the grid has a place for each arrangement and budget, and costs of each workload',
  async () => {
    const one = { starts: 1, cpus: [0.5], cheapShares: [0.5], processes: 1, workloads: ['auto-mpg'] };
    const grid = { ...GRID, ...one };
    const profile = {
      ...chooseProfile(undefined, 'scalability-grid'),
      grid,
      warmUpMs: 50,
      warmUpPasses: 2,
      windowMs: 60,
    };
    const subjects = (['combined', 'pair-http'] as const).map((arm) => ({ kind: 'arm', name: arm, arm }) as const);
    const clients = { latencyClient: 'fetch', throughputClient: 'undici' } as const;
    const plan = {
      profile,
      subjects,
      ...clients,
      coldStartArms: [],
      faultyArms: [],
      seed: 1,
      build: {},
      cores: chooseCores(),
    };
    const records: RunRecord[] = [];
    const run = {
      folder: '',
      elapsedMs: () => performance.now(),
      write: (record: RunRecord) => void records.push(record),
    };
    await measure(plan, run, { show: () => undefined, end: () => undefined });
    const windows = records.flatMap((record) => (record.kind === 'window' ? record : []));
    expect(windows.flatMap(({ failures }) => failures.filter(([, kind]) => kind === 'wrong'))).toEqual([]);
    const { grid: found, crossing } = await makeResults({ environment: describeEnvironment(plan, 'test'), records });
    // Which rate holds, if any, is the machine's affair.
    expect(found?.cells.map(({ subject, cpu, cheapShare }) => [subject, cpu, cheapShare])).toEqual([
      ['combined', 0.5, 0.5],
      ['pair-http', 0.5, 0.5],
    ]);
    for (const { starts, used } of found?.cells ?? []) if (starts[0] !== null) expect(used).toBeLessThanOrEqual(0.55);
    expect(crossing?.times.map(({ workload }) => workload)).toEqual(['auto-mpg']);
    expect(groups(process.pid)).toEqual([]);
  },
);
