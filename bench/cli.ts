/**
 * `npm run bench -- [run|report|compare|selftest|advise] ...`: one program, a file of commands/ for each verb. Exit codes:
 * 0 done, 1 failed (compare: regression), 2 wrong use, 3 cut off (compare: invalid or not comparable), 128 + N ended by
 * signal N.
 */
import { UsageError } from '../models/build/options.ts';
import { exitOnSignals, whenParentGone } from './arms/processes.ts';

/** What a verb does with its arguments; the number is the exit code. */
type Command = (args: readonly string[]) => Promise<number>;

/** Loaded on demand: a report needs nothing of what starts Workers. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./commands/run.ts')).run,
  report: async () => (await import('./commands/report.ts')).report,
  compare: async () => (await import('./commands/compare.ts')).compare,
  selftest: async () => (await import('./commands/selftest.ts')).selftest,
  advise: async () => (await import('./commands/advise.ts')).advise,
};

async function main(args: readonly string[]): Promise<number> {
  const [first = '', ...rest] = args;
  const isVerb = first !== '' && !first.startsWith('-');
  const verb = isVerb ? first : 'run';
  const load = Object.hasOwn(COMMANDS, verb) ? COMMANDS[verb] : undefined;
  if (load === undefined) {
    const expected = Object.keys(COMMANDS).join(', ');
    throw new UsageError(`command: expected one of ${expected}, or none for run, got ${JSON.stringify(verb)}`);
  }
  const command = await load();
  return command(isVerb ? rest : args);
}

// Miniflare ends its workerd processes when this one exits, and the generator ends with its channel to this one.
whenParentGone(() => process.exit(1));
exitOnSignals();
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (cause) {
  process.stderr.write(`bench: ${cause instanceof Error ? cause.message : cause}\n`);
  process.exitCode = cause instanceof UsageError ? 2 : 1;
}
