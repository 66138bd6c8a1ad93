/** `bench compare OLD NEW`: whether a newer run is worse than an older one. */
import { readFileSync } from 'node:fs';
import { UsageError } from '../../models/build/options.ts';
import type { Results } from '../analysis/results.ts';
import { compareRuns } from '../regression/compare-runs.ts';
import { renderRunComparison } from '../regression/render.ts';
import { findResults } from '../run/run-folder.ts';

export async function compare(args: readonly string[]): Promise<number> {
  const [older, newer, ...rest] = args;
  if (older === undefined || newer === undefined || rest.length > 0) {
    throw new UsageError(`compare: expected two runs, OLD and NEW, got ${args.length} arguments`);
  }
  const comparison = compareRuns(readResults(older), readResults(newer));
  process.stdout.write(renderRunComparison(comparison));
  return comparison.exitCode;
}

/** The results of a run. Throws `UsageError` for what is no results.json of this version. */
export function readResults(path: string): Results {
  try {
    const results: Results = JSON.parse(readFileSync(findResults(path), 'utf8'));
    if (results.schema === 2) return results;
    throw new Error(`expected results of schema 2, got ${results.schema}`);
  } catch (cause) {
    throw new UsageError(`${path}: ${cause instanceof Error ? cause.message : cause}`);
  }
}
