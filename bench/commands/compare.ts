/** `bench compare OLD NEW`: whether a newer run is worse than an older one. */
import { UsageError } from '../../models/build/options.ts';
import { readResults } from '../analysis/read-results.ts';
import { compareRuns } from '../regression/compare-runs.ts';
import { renderRunComparison } from '../regression/render.ts';

export async function compare(args: readonly string[]): Promise<number> {
  const [older, newer, ...rest] = args;
  if (older === undefined || newer === undefined || rest.length > 0) {
    throw new UsageError(`compare: expected two runs, OLD and NEW, got ${args.length} arguments`);
  }
  const comparison = compareRuns(readResults(older), readResults(newer));
  process.stdout.write(renderRunComparison(comparison));
  return comparison.exitCode;
}
