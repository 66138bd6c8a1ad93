/** `bench advise [RUN] [--rate N ...]`: which deployment to choose in the user's own situation, from a run's figures. */
import { join } from 'node:path';
import { parseCommandLine, UsageError } from '../../models/build/command-line.ts';
import { adviceBlocks } from '../advice/advice.ts';
import { adviceFacts } from '../advice/facts.ts';
import { DEFAULT_SITUATION, FIELDS, type Field, readField, type Situation, withField } from '../advice/situation.ts';
import { readResults } from '../analysis/results.ts';
import { ADVISE } from '../manual.ts';
import { blocksText } from '../report/terminal.ts';
import { RESULTS_FOLDER } from '../run/run-folder.ts';

export async function advise(args: readonly string[]): Promise<number> {
  const { run = join(RESULTS_FOLDER, 'latest'), situation } = readAdviceOptions(args);
  const blocks = adviceBlocks(adviceFacts(readResults(run)), situation);
  process.stdout.write(`\n${blocksText(blocks)}\n\n`);
  return 0;
}

export interface AdviceOptions {
  /** Folder or results.json of the run; the newest run where none is named. */
  readonly run?: string;
  readonly situation: Situation;
}

/** What is not given is as in the default situation. Throws `UsageError`. */
export function readAdviceOptions(args: readonly string[]): AdviceOptions {
  const { values, positionals } = parseCommandLine(ADVISE, args);
  const [run] = positionals;
  const situation = FIELDS.reduce((so, field) => withOption(so, field, values[field.option]), DEFAULT_SITUATION);
  return { situation, ...(run === undefined ? {} : { run }) };
}

function withOption(situation: Situation, field: Field, text: unknown): Situation {
  if (typeof text !== 'string') return situation;
  const read = readField(field, text);
  if ('error' in read) throw new UsageError(`--${field.option}: ${read.error}`);
  return withField(situation, field.name, read.value);
}
