/** `bench [run]`: measures, writes the folder of the run, and reports. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { REMARKS, whyUnavailable } from '../arms/arms.ts';
import { chooseCores } from '../arms/processes.ts';
import { buildArms } from '../arms/start-arm.ts';
import type { RunPlan, Subject } from '../experiments/plan.ts';
import { measure } from '../experiments/run.ts';
import { readAnalytics } from '../meters/analytics.ts';
import { peakMemoryMiB } from '../meters/process.ts';
import { type RunOptions, readOptions } from '../options.ts';
import { createProgress } from '../report/progress.ts';
import { describeEnvironment, type EndRecord } from '../run/records.ts';
import { createRun, lockResults, type OpenRun, shortPath } from '../run/run-folder.ts';

/** Exit code of a run that did not get to its end. */
const CUT_OFF = 3;

export async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(args, Date.now());
  lockResults();
  const { subjects, skipped } = await leaveOutUnavailable(options.subjects);
  const arms = subjects.flatMap((subject) => (subject.kind === 'arm' ? subject.arm : []));
  const measuredWorkers = options.profile.footprintStarts > 0 ? (['combined'] as const) : [];
  await buildArms([...arms, ...options.coldStartArms, ...measuredWorkers], options.build);
  const plan = { ...options, subjects, cores: chooseCores() };
  const open = createRun(describe(plan, args));
  const remarks = [...new Set(arms)].flatMap((subject) => (REMARKS[subject] ?? []).map((text) => ({ subject, text })));
  for (const note of [...skipped, ...remarks]) open.write({ kind: 'note', ...note });
  const failed = await measureAll(plan, open);
  if (!report(open, options.verbose)) {
    process.stderr.write(whereItIs(open, 'no report'));
    return CUT_OFF;
  }
  return failed === null ? 0 : CUT_OFF;
}

/** Whether the reports could be made. In a process of its own: what draws them takes 200 MiB. */
function report({ folder }: OpenRun, verbose: boolean): boolean {
  const args = [join(import.meta.dirname, '../cli.ts'), 'report', folder, ...(verbose ? ['--verbose'] : [])];
  return spawnSync(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}

/** Measures, and writes the record that ends the run. Answers why it ended early, or null. */
async function measureAll(plan: RunPlan & RunOptions, open: OpenRun): Promise<string | null> {
  const sayWhere = () => process.stderr.write(`\n${whereItIs(open, 'cut off', ', marked incomplete')}`);
  process.once('exit', sayWhere);
  const progress = createProgress(process.stderr);
  const began = new Date();
  let failed: string | null = null;
  let generatorMiB: number | null = null;
  try {
    generatorMiB = await measure(plan, open, progress);
    await recordAnalytics(plan, open, began);
  } catch (cause) {
    failed = cause instanceof Error ? cause.message : String(cause);
    process.stderr.write(`\nbench: ${failed}\n`);
  } finally {
    progress.end();
  }
  const end = { kind: 'end', failed, elapsedMs: open.elapsedMs(), peakMiB: peaks(generatorMiB) } as const;
  // Where the disk took nothing more it may not take this: a run without its end is a run that was cut off.
  if (failed === null) open.write(end);
  else tryTo(() => open.write(end));
  process.off('exit', sayWhere);
  return failed;
}

function tryTo(job: () => void): void {
  try {
    job();
  } catch {}
}

function peaks(generator: number | null): EndRecord['peakMiB'] {
  const runner = peakMemoryMiB(process.pid);
  return runner === null || generator === null ? null : { runner, generator };
}

/** What is said of a run that did not get to its end or to its report. */
function whereItIs({ folder }: OpenRun, what: string, mark = ''): string {
  const path = shortPath(folder);
  return `bench: ${what}; what was measured is in ${path}${mark}: npm run bench -- report ${path}\n`;
}

function describe({ seed, profile, subjects, cores }: RunPlan, args: readonly string[]) {
  const command = ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
  const named = subjects.map(({ name, kind }) => ({ name, kind }));
  return describeEnvironment({ command, seed, profile, subjects: named, pinned: cores });
}

interface Note {
  readonly subject: string;
  readonly text: string;
}

/** The subjects that can be started here, and a note for each other one, which is shown at once as well. */
async function leaveOutUnavailable(
  subjects: readonly Subject[],
): Promise<{ subjects: Subject[]; skipped: readonly Note[] }> {
  const reasons = await Promise.all(
    subjects.map((subject) => (subject.kind === 'arm' ? whyUnavailable(subject.arm) : null)),
  );
  const skipped = subjects.flatMap(({ name }, i) => {
    const reason = reasons[i] ?? null;
    return reason === null ? [] : [{ subject: name, text: reason }];
  });
  for (const { text } of skipped) process.stderr.write(`bench: ${text}\n`);
  const left = subjects.filter((_, i) => (reasons[i] ?? null) === null);
  if (subjects.length > 0 && left.length === 0)
    throw new Error('expected something to measure, but all of it was skipped');
  return { subjects: left, skipped };
}

const API = 'https://api.cloudflare.com/client/v4';

/**
 * Writes down CPU and memory of every script since `from`. What cannot be had is a note, never a failure. Token, account
 * and, for tests or a proxy, the API's address are those of the environment variables that wrangler reads:
 * CLOUDFLARE_API_TOKEN, CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_BASE_URL
 * (https://developers.cloudflare.com/workers/wrangler/system-environment-variables/).
 */
export async function recordAnalytics(
  { scripts }: Pick<RunOptions, 'scripts'>,
  run: Pick<OpenRun, 'write'>,
  from: Date,
): Promise<void> {
  const { CLOUDFLARE_API_TOKEN: token, CLOUDFLARE_ACCOUNT_ID: account, CLOUDFLARE_API_BASE_URL: base } = process.env;
  const endpoint = `${base || API}/graphql`;
  for (const [subject, names] of scripts) {
    const query = { endpoint, token, account, subject, scripts: names, from, to: new Date() };
    for (const record of await readAnalytics(query)) run.write(record);
  }
}
