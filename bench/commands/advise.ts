/** `bench advise [RUN] [--rate N ...]`: which deployment to choose in the user's own situation, from a run's figures. */
import { join } from 'node:path';
import { parseCommandLine, UsageError } from '../../models/build/command-line.ts';
import { adviceBlocks } from '../advice/advice.ts';
import { adviceFacts } from '../advice/facts.ts';
import { DEFAULT_SITUATION, FIELDS, readField, type Situation } from '../advice/situation.ts';
import { readResults } from '../analysis/results.ts';
import { ADVISE } from '../manual.ts';
import { blocksText } from '../report/terminal.ts';
import { RESULTS_FOLDER } from '../run/run-folder.ts';

export async function advise(args: readonly string[]): Promise<number> {
  const { run = join(RESULTS_FOLDER, 'latest'), situation } = readAdviceOptions(args);
  process.stdout.write(`\n${blocksText(adviceBlocks(adviceFacts(readResults(run)), situation))}\n\n`);
  return 0;
}

/** The run's folder or results.json where one is named. What is not given is as in the default situation. Throws `UsageError`. */
export function readAdviceOptions(args: readonly string[]): { run: string | undefined; situation: Situation } {
  const { values, positionals } = parseCommandLine(ADVISE, args);
  let situation = DEFAULT_SITUATION;
  for (const field of FIELDS) {
    const text = values[field.option];
    if (typeof text !== 'string') continue;
    const { value, error } = readField(field, text);
    if (error !== '') throw new UsageError(`--${field.option}: ${error}`);
    situation = { ...situation, [field.name]: value };
  }
  return { run: positionals[0], situation };
}
