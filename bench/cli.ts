/**
 * `npm run bench -- [run] [--only cold-start] [--arms a,b] [--target NAME=URL] [--client fetch|undici] [--seed N]
 * [--runtime R] [--models a,b]`: measures, prints the table, writes results.json. Exit codes: 0 done, 1 failed, 2 wrong
 * use, 130 interrupted.
 */
import { UsageError } from '../models/build/options.ts';
import type { ArmName } from './arms/arms.ts';
import { exitOnSignals, whenParentGone } from './arms/parent.ts';
import { chooseCores } from './arms/processes.ts';
import { buildArms } from './arms/start-arm.ts';
import { COLD_START, runColdStarts } from './experiments/cold-start.ts';
import { runComparison } from './experiments/comparison.ts';
import { QUICK } from './experiments/profile.ts';
import { type RunOptions, readOptions } from './options.ts';
import { renderColdStart } from './report/cold-start.ts';
import { makeColdStartResults } from './report/cold-start-results.ts';
import { describeEnvironment } from './report/environment.ts';
import { createProgress, type ProgressLine } from './report/progress.ts';
import { makeResults } from './report/results.ts';
import { writeRun } from './report/run-folder.ts';
import { renderTable } from './report/table.ts';

interface Run {
  readonly options: RunOptions;
  readonly arms: readonly ArmName[];
  readonly command: string;
  readonly progress: ProgressLine;
}

async function run(options: RunOptions, args: readonly string[]): Promise<void> {
  const arms = options.subjects.flatMap((subject) => (subject.kind === 'arm' ? subject.name : []));
  await buildArms(arms, options.build);
  const command = ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
  const measure = options.only === 'cold-start' ? coldStart : comparison;
  process.stdout.write(await measure({ options, arms, command, progress: createProgress('bench', process.stderr) }));
}

async function comparison({ options, command, progress }: Run): Promise<string> {
  const pinned = chooseCores();
  const plan = { ...options, profile: QUICK, cores: pinned, onProgress: progress.show };
  const records = await runComparison(plan);
  progress.end();
  const environment = describeEnvironment({ command, seed: options.seed, profile: QUICK, pinned });
  const results = makeResults({ ...options, environment, records });
  return `${renderTable(results)}Written to ${writeRun(results)}\n`;
}

async function coldStart({ options, arms, command, progress }: Run): Promise<string> {
  const pinned = chooseCores();
  const { seed, build, throughputClient: client } = options;
  const plan = { arms, starts: COLD_START.starts, client, seed, build, cores: pinned, onProgress: progress.show };
  const records = await runColdStarts(plan);
  progress.end();
  const environment = describeEnvironment({ command, seed, profile: COLD_START, pinned });
  const results = makeColdStartResults({ environment, client, records });
  return `${renderColdStart(results)}Written to ${writeRun(results)}\n`;
}

const args = process.argv.slice(2);
// Miniflare ends its workerd processes when this one exits, and the generator ends with its channel to this one.
whenParentGone(() => process.exit(1));
exitOnSignals();
try {
  await run(readOptions(args, Date.now()), args);
} catch (cause) {
  process.stderr.write(`bench: ${cause instanceof Error ? cause.message : cause}\n`);
  process.exitCode = cause instanceof UsageError ? 2 : 1;
}
