/**
 * Deploys Workers in the order given: `npm run deploy` and `npm run deploy:pair`, from the build that `--runtime` and
 * `--models` name. Every other argument after `--` goes to every wrangler call, so that `--dry-run` means all of them.
 * Ends with the exit code of the first call that fails; 1 for a build that must not be deployed, 2 for wrong use.
 */
import { spawnSync } from 'node:child_process';
import { build, readManifest } from '../models/build/build.ts';
import { INSIDE_BUILD } from '../models/build/bundle.ts';
import { parseCommandLine } from '../models/build/command-line.ts';
import { DEPLOY } from '../models/build/manual.ts';
import { readBuildOptions } from '../models/build/options.ts';
import { runCommand } from '../models/build/program.ts';
import { configFile, isWorkerName } from '../models/build/workers.ts';
import { keyArguments } from './key-file.ts';

/** Splits arguments into our options and those of wrangler. */
function splitArguments(args: readonly string[]): { own: string[]; others: string[] } {
  const [own, others]: [string[], string[]] = [[], []];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    const name = Object.keys(DEPLOY.options).find((option) => arg === `--${option}` || arg.startsWith(`--${option}=`));
    (name === undefined ? others : own).push(arg);
    const value = args[i + 1];
    if (name === undefined || name === 'allow-stock' || arg.includes('=') || value === undefined) continue;
    own.push(value);
    i += 1;
  }
  return { own, others };
}

async function deploy(args: readonly string[]): Promise<number> {
  const end = args.indexOf('--');
  const { own, others } = splitArguments(args.slice(end + 1));
  const { values } = parseCommandLine(DEPLOY, own);
  const { root } = await build(readBuildOptions(values));
  const { runtime, warning } = readManifest({ root });
  if (runtime === 'stock' && values['allow-stock'] !== true) {
    const why = warning === undefined ? '' : ` (${warning})`;
    const remedy = warning === undefined ? 'add --runtime whole' : 'mend what the warning says';
    throw new Error(
      `expected a build whose runtime can be reset, got one with the stock runtime${why}: one request on which a model breaks ` +
        `off ends every model of its isolate; ${remedy}, or add --allow-stock if that is meant`,
    );
  }
  for (const worker of args.slice(0, end).filter(isWorkerName)) {
    process.stderr.write(`deploy: ${worker}\n`);
    const { status, error } = spawnSync(
      'wrangler',
      ['deploy', '--config', configFile(worker, root), ...keyArguments(worker), ...others],
      {
        cwd: root,
        stdio: 'inherit',
        env: { ...process.env, [INSIDE_BUILD]: '1' },
      },
    );
    if (error !== undefined) throw new Error(`wrangler did not start: ${error.message}`);
    if (status !== 0) return status ?? 1;
  }
  return 0;
}

await runCommand(DEPLOY, deploy);
