/** What a deployment was asked for: which Workers, how, and what of it is wrangler's own. */
import { oneOf, parseCommandLine, readUrl, UsageError } from '../models/build/command-line.ts';
import { type BuildOptions, readBuildOptions } from '../models/build/options.ts';
import { canaryName, isWorkerName, type WorkerName } from '../models/build/workers.ts';
import { DEPLOY } from './manual.ts';

export interface Plan {
  /** In the order in which they are uploaded. */
  readonly workers: readonly WorkerName[];
  readonly build: BuildOptions;
  /** Where the deployment answers; undefined for where wrangler says. */
  readonly url: string | undefined;
  readonly allowStock: boolean;
  readonly isDry: boolean;
  readonly isTemporary: boolean;
  readonly typed: readonly string[];
  /** Arguments of every `wrangler deploy`. */
  readonly wranglerArgs: readonly string[];
}

/** The plan of a command line: names of Workers, `--`, and what a user typed. Throws `UsageError`. */
export function readPlan(args: readonly string[]): Plan {
  const end = args.indexOf('--');
  const typed = args.slice(end + 1);
  const { own, others } = splitArguments(typed);
  const { values } = parseCommandLine(DEPLOY, own);
  const named = others.find((arg) => /^--name(=|$)/.test(arg));
  if (named !== undefined) {
    throw new UsageError(`${named}: expected it in the Workers' configurations, which refer to each other by name`);
  }
  const all = args.slice(0, end).filter(isWorkerName);
  const { only, url, temporary: isTemporary = false, 'dry-run': isDry = false, canary: isCanary = false } = values;
  if (isCanary && (only ?? 'predictor') !== 'predictor') {
    throw new UsageError(`--canary: expected it without --only, or with --only predictor, got --only ${only}`);
  }
  const one = isCanary ? 'predictor' : only;
  return {
    workers: one === undefined ? all : [oneOf(isCanary ? '--canary' : '--only', all, one)],
    build: readBuildOptions(values),
    url: url === undefined ? undefined : readUrl('url', url),
    allowStock: values['allow-stock'] === true,
    isDry,
    isTemporary,
    typed,
    wranglerArgs: [
      ...(isDry ? ['--dry-run'] : []),
      ...(isTemporary ? ['--temporary'] : []),
      ...(isCanary ? ['--name', canaryName()] : []),
      ...others,
    ],
  };
}

/** Splits arguments into our options and those of wrangler. */
function splitArguments(args: readonly string[]): { own: string[]; others: string[] } {
  const [own, others]: [string[], string[]] = [[], []];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    const option = Object.entries(DEPLOY.options).find(([name]) => arg === `--${name}` || arg.startsWith(`--${name}=`));
    (option === undefined ? others : own).push(arg);
    const value = args[i + 1];
    if (option?.[1].type !== 'string' || arg.includes('=') || value === undefined) continue;
    own.push(value);
    i += 1;
  }
  return { own, others };
}
