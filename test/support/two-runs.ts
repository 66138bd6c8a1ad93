/** Two runs of the same thing, to be compared, and what is said of a comparison. */
import { makeResults } from '../../bench/analysis/make-results.ts';
import { comparisonBlocks } from '../../bench/regression/blocks.ts';
import type { RunComparison } from '../../bench/regression/compare-runs.ts';
import { blocksText } from '../../bench/report/terminal.ts';
import { syntheticRun } from './run-records.ts';

const ARMS = ['null', 'floor', 'combined', 'pair-rpc'];

export const older = await makeResults(syntheticRun({ seed: 1, arms: ARMS }));
export const newer = await makeResults(syntheticRun({ seed: 2, arms: ARMS }));

/** With all figures and notes. */
export function full(comparison: RunComparison): string {
  return blocksText(comparisonBlocks(comparison, false));
}
