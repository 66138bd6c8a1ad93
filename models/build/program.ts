/** Runs the project's programs: help where it is asked for, else the command, to an exit code. */
import {
  asksForHelp,
  type Command,
  commandHelp,
  helpOf,
  type Program,
  programHelp,
  UsageError,
} from './command-line.ts';

/** Does what a command line asks for, and answers the exit code. */
export type Run = (args: readonly string[]) => Promise<number>;

/** A program that is one command. */
export function runCommand(command: Command, run: Run): Promise<void> {
  const args = process.argv.slice(2);
  return settle(command.script, async () => (asksForHelp(args) ? print(commandHelp(command)) : run(args)));
}

/**
 * A program whose first argument may be a verb; without one it is the usual verb or, where there is none, help. `load`
 * imports what runs.
 */
export function runVerb<V extends string>(program: Program<V>, load: (verb: V) => Promise<Run>): Promise<void> {
  return settle(program.script, async () => {
    const args = process.argv.slice(2);
    const { usual, verbs } = program;
    const [first, ...rest] = args;
    if (first !== undefined && !first.startsWith('-')) {
      const verb = findVerb(program, first);
      return asksForHelp(rest) ? print(commandHelp(verbs[verb])) : (await load(verb))(rest);
    }
    if (asksForHelp(args) || (first === undefined && usual === undefined)) return print(programHelp(program));
    return (await load(usual ?? findVerb(program, first ?? '')))(args);
  });
}

/** Throws `UsageError` for a word that is none. */
function findVerb<V extends string>(program: Program<V>, word: string): V {
  const verbs = Object.keys(program.verbs);
  const found = verbs.find((name): name is V => name === word);
  if (found !== undefined) return found;
  throw new UsageError(`verb: expected ${verbs.join(', ')}, got ${JSON.stringify(word)}; see ${helpOf(program)}`);
}

/** Ends with what `job` answers, with 2 for wrong use, or with 1; the reason is one line on standard error. */
async function settle(name: string, job: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await job();
  } catch (cause) {
    process.stderr.write(`${name}: ${cause instanceof Error ? cause.message : cause}\n`);
    process.exitCode = cause instanceof UsageError ? 2 : 1;
  }
}

/** Prints help, which is no failure. */
function print(text: string): number {
  process.stdout.write(text);
  return 0;
}
