/** `bench [run]`: measures, writes the folder of the run, and reports. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { REMARKS, whyUnavailable } from '../arms/arms.ts';
import { chooseCores } from '../arms/processes.ts';
import { buildArms } from '../arms/start-arm.ts';
import type { RunPlan } from '../experiments/plan.ts';
import { measure } from '../experiments/run.ts';
import { readAnalytics } from '../meters/analytics.ts';
import { whyNoBudgets } from '../meters/cpu-budget.ts';
import { peakMemoryMiB } from '../meters/process.ts';
import { type RunOptions, readOptions } from '../options.ts';
import { createProgress } from '../report/progress.ts';
import { describeEnvironment } from '../run/records.ts';
import { createRun, lockResults, type OpenRun, shortPath } from '../run/run-folder.ts';

/** Exits with 3 when it does not get to its end. */
export async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(args, Date.now());
  const noBudgets = options.profile.grid === undefined ? null : whyNoBudgets();
  if (noBudgets !== null) throw new Error(`the grid is left out, as ${noBudgets}`);
  lockResults();
  const asked = [...options.subjects, ...options.faultyArms.map((arm) => ({ name: arm, arm }))];
  const skipped = new Map<string, string>();
  for (const { name, arm } of asked) {
    const text = arm === null ? null : whyUnavailable(arm);
    if (text !== null) skipped.set(name, text);
  }
  for (const text of skipped.values()) process.stderr.write(`bench: ${text}\n`);
  const subjects = options.subjects.filter(({ name }) => !skipped.has(name));
  const faultyArms = options.faultyArms.filter((name) => !skipped.has(name));
  if (skipped.size > 0 && subjects.length + faultyArms.length === 0) {
    throw new Error('expected something to measure, but all of it was skipped');
  }
  const arms = [...new Set(subjects.flatMap(({ arm }) => arm ?? []))];
  const measuredWorkers = options.profile.footprintStarts > 0 ? (['combined'] as const) : [];
  await buildArms([...arms, ...options.coldStartArms, ...faultyArms, ...measuredWorkers], options.build);
  const plan = { ...options, subjects, faultyArms, cores: chooseCores() };
  const command = ['npm run bench', ...(args.length > 0 ? ['--'] : []), ...args].join(' ');
  const open = createRun(describeEnvironment(plan, command));
  const remarks = arms.flatMap((subject) => (REMARKS[subject] ?? []).map((text) => [subject, text] as const));
  for (const [subject, text] of [...skipped, ...remarks]) open.write({ kind: 'note', subject, text });
  const failed = await measureAll(plan, open);
  // In a process of its own: what draws the reports takes 200 MiB.
  const cli = join(import.meta.dirname, '../cli.ts');
  const report = [cli, 'report', open.folder, ...(plan.verbose ? ['--verbose'] : [])];
  const isReported = spawnSync(process.execPath, report, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
  if (!isReported) process.stderr.write(whereItIs(open, 'no report'));
  return failed === null && isReported ? 0 : 3;
}

/** Measures, and writes the record that ends the run. Answers why it ended early, or null. */
async function measureAll(plan: RunPlan & RunOptions, open: OpenRun): Promise<string | null> {
  const sayWhere = () => process.stderr.write(`\n${whereItIs(open, 'cut off', ', marked incomplete')}`);
  process.once('exit', sayWhere);
  const progress = createProgress(process.stderr);
  const began = new Date();
  let failed: string | null = null;
  let generator: number | null = null;
  try {
    generator = await measure(plan, open, progress);
    await recordAnalytics(plan.scripts, open, began);
  } catch (cause) {
    failed = cause instanceof Error ? cause.message : String(cause);
    process.stderr.write(`\nbench: ${failed}\n`);
  }
  progress.end();
  const runner = peakMemoryMiB(process.pid);
  const peakMiB = runner === null || generator === null ? null : { runner, generator };
  try {
    open.write({ kind: 'end', failed, elapsedMs: open.elapsedMs(), peakMiB });
  } catch (cause) {
    // Where the disk took nothing more it may not take this: a run without its end is a run that was cut off.
    if (failed === null) throw cause;
  }
  process.off('exit', sayWhere);
  return failed;
}

/** What is said of a run that did not get to its end or to its report. */
function whereItIs({ folder }: OpenRun, what: string, mark = ''): string {
  const path = shortPath(folder);
  return `bench: ${what}; what was measured is in ${path}${mark}: npm run bench -- report ${path}\n`;
}

/**
 * Writes down CPU and memory of every script since `from`. What cannot be had is a note, never a failure. Token, account
 * and, for tests or a proxy, the API's address are those of wrangler's environment variables
 * (https://developers.cloudflare.com/workers/wrangler/system-environment-variables/).
 */
export async function recordAnalytics(scripts: RunOptions['scripts'], run: Pick<OpenRun, 'write'>, from: Date) {
  const { CLOUDFLARE_API_TOKEN: token, CLOUDFLARE_ACCOUNT_ID: account, CLOUDFLARE_API_BASE_URL: base } = process.env;
  const endpoint = `${base || 'https://api.cloudflare.com/client/v4'}/graphql`;
  for (const [subject, names] of scripts) {
    const query = { endpoint, token, account, subject, scripts: names, from, to: new Date() };
    for (const record of await readAnalytics(query)) run.write(record);
  }
}
