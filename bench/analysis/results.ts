/** results.json: what a run found. Its figures are told where they are computed; here they get their names, and are read. */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { UsageError } from '../../models/build/command-line.ts';
import { findResults } from '../run/run-folder.ts';
import type { makeResults } from './make-results.ts';

export type Results = Awaited<ReturnType<typeof makeResults>>;
export type Measurement = Results['measurements'][number];
export type ComparisonResult = Results['comparisons'][number];
export type PercentileCurve = Results['percentiles'][number];
export type MaxRate = Results['maxRates'][number];
export type BreakEvenPoint = Results['breakEven'][number];

const LISTS = ['subjects', 'measurements', 'comparisons', 'maxRates', 'breakEven', 'deployments'] as const;

/** What tells results from another file, or from a damaged one. */
const Shape = v.looseObject({
  schema: v.literal(2),
  environment: v.looseObject({ profile: v.looseObject({}), packages: v.looseObject({}) }),
  baseline: v.string(),
  ...v.entriesFromList(LISTS, v.array(v.looseObject({}))),
});

/** `path` is the file, or the folder of a run. Throws `UsageError` for anything else. */
export function readResults(path: string): Results {
  try {
    const results: Results = JSON.parse(readFileSync(findResults(path), 'utf8'));
    const { success, issues } = v.safeParse(Shape, results);
    if (success) return results;
    const [issue] = issues;
    throw new Error(`expected results of schema 2, got ${issue.received} at ${v.getDotPath(issue) ?? 'the root'}`);
  } catch (cause) {
    throw new UsageError(`${path}: ${cause instanceof Error ? cause.message : cause}`);
  }
}
