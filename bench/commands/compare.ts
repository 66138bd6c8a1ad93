/** `bench compare OLD NEW [--verbose]`: whether a newer run is worse than an older one, in 24 lines or in full. */
import { parseCommandLine } from '../../models/build/command-line.ts';
import { readResults } from '../analysis/results.ts';
import { COMPARE } from '../manual.ts';
import { comparisonBlocks } from '../regression/blocks.ts';
import { compareRuns } from '../regression/compare-runs.ts';
import { blocksText, NARROW, WIDTH } from '../report/terminal.ts';

export async function compare(args: readonly string[]): Promise<number> {
  const { positionals, values } = parseCommandLine(COMPARE, args);
  const [older = '', newer = ''] = positionals;
  const isShort = values.verbose !== true;
  const comparison = compareRuns(readResults(older), readResults(newer));
  process.stdout.write(`${blocksText(comparisonBlocks(comparison, isShort), isShort ? NARROW : WIDTH)}\n`);
  return comparison.exitCode;
}
