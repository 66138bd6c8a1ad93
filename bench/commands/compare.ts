/** `bench compare OLD NEW [--verbose]`: whether a newer run is worse than an older one, in 24 lines or in full. */
import { parseCommandLine, UsageError } from '../../models/build/options.ts';
import { readResults } from '../analysis/read-results.ts';
import { comparisonBlocks } from '../regression/blocks.ts';
import { compareRuns } from '../regression/compare-runs.ts';
import { blocksText, NARROW, WIDTH } from '../report/terminal.ts';

export async function compare(args: readonly string[]): Promise<number> {
  const options = { verbose: { type: 'boolean' } } as const;
  const { positionals, values } = parseCommandLine({ args: [...args], options, allowPositionals: true });
  const [older, newer, ...rest] = positionals;
  if (older === undefined || newer === undefined || rest.length > 0) {
    throw new UsageError(`compare: expected two runs, OLD and NEW, got ${positionals.length} arguments`);
  }
  const isShort = values.verbose !== true;
  const comparison = compareRuns(readResults(older), readResults(newer));
  process.stdout.write(`${blocksText(comparisonBlocks(comparison, isShort), isShort ? NARROW : WIDTH)}\n`);
  return comparison.exitCode;
}
