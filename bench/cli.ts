/**
 * `npm run bench -- [run] [--arms a,b] [--target NAME=URL] [--client fetch|undici] [--seed N]`: measures, prints the
 * table, writes results.json. Exit codes: 0 done, 1 failed, 2 wrong use, 130 interrupted.
 */
import { build } from '../models/build/build.ts';
import { whenParentGone } from './arms/parent.ts';
import { chooseCores } from './arms/processes.ts';
import { runComparison } from './experiments/comparison.ts';
import { QUICK } from './experiments/profile.ts';
import { type RunOptions, readOptions, UsageError } from './options.ts';
import { describeEnvironment } from './report/environment.ts';
import { createProgress } from './report/progress.ts';
import { makeResults } from './report/results.ts';
import { writeRun } from './report/run-folder.ts';
import { renderTable } from './report/table.ts';

async function run(options: RunOptions, args: readonly string[]): Promise<void> {
  if (options.subjects.some((subject) => subject.kind === 'arm')) await build();
  const progress = createProgress(process.stderr, () => performance.now());
  const cores = chooseCores();
  const records = await runComparison({ ...options, profile: QUICK, cores, onProgress: progress.show });
  progress.end();
  const environment = describeEnvironment({
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    seed: options.seed,
    profile: QUICK,
    pinned: cores,
  });
  const results = makeResults({ ...options, environment, records });
  const file = writeRun(results);
  process.stdout.write(`${renderTable(results)}Written to ${file}\n`);
}

const args = process.argv.slice(2);
// Miniflare ends its workerd processes when this one exits, and the generator ends with its channel to this one.
whenParentGone(() => process.exit(1));
try {
  await run(readOptions(args, Date.now()), args);
} catch (cause) {
  process.stderr.write(`bench: ${cause instanceof Error ? cause.message : cause}\n`);
  process.exitCode = cause instanceof UsageError ? 2 : 1;
}
