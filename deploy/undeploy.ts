/** `npm run undeploy`: deletes the Workers of both deployments that are there, after one question. */
import { createInterface } from 'node:readline/promises';
import { wrangler } from '../models/build/bundle.ts';
import { oneOf, parseCommandLine, UsageError } from '../models/build/command-line.ts';
import { runCommand } from '../models/build/program.ts';
import { canaryName, ROOT, readConfig, type WorkerName } from '../models/build/workers.ts';
import { ensureLogin, isInteractive } from './login.ts';
import { UNDEPLOY } from './manual.ts';

/** The gateway before the predictor that it calls. */
const ORDER: readonly WorkerName[] = ['gateway', 'predictor', 'combined'];

/** The API's number for a Worker that is not there. */
const NOT_THERE = /\[code: 10007\]/;

async function undeploy(args: readonly string[]): Promise<number> {
  const { only, yes } = parseCommandLine(UNDEPLOY, args).values;
  const workers = only === undefined ? ORDER : [oneOf('--only', ORDER, only)];
  const names = workers.flatMap((worker) => [
    readConfig(worker).name,
    ...(worker === 'predictor' ? [canaryName()] : []),
  ]);
  if (yes !== true && !(await isMeant(names))) return 1;
  await ensureLogin('');
  for (const name of names) process.stdout.write(`${name}: ${await remove(name)}\n`);
  return 0;
}

/** Throws `UsageError` where nobody can be asked. */
async function isMeant(names: readonly string[]): Promise<boolean> {
  if (!isInteractive())
    throw new UsageError('expected --yes where nobody can be asked, got none; see npm run undeploy -- --help');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const question = `Delete ${names.join(', ')} for good, also where other Workers call them? [y/N] `;
  const answer = await terminal.question(question).finally(() => terminal.close());
  return /^y(es)?$/i.test(answer.trim());
}

/** What became of a Worker, in words. It has been agreed to, so wrangler, which has no terminal here, asks nothing. */
async function remove(name: string): Promise<string> {
  try {
    await wrangler(['delete', name], ROOT);
    return 'deleted';
  } catch (cause) {
    if (cause instanceof Error && NOT_THERE.test(cause.message)) return 'not there';
    throw cause;
  }
}

await runCommand(UNDEPLOY, undeploy);
