/** results.json: what a run found. Its figures are told where they are computed; here they get their names, and are read. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { UsageError } from '../../models/build/command-line.ts';
import type { makeResults } from './make-results.ts';

export type Results = Awaited<ReturnType<typeof makeResults>>;
export type Measurement = Results['measurements'][number];
export type ComparisonResult = Results['comparisons'][number];
export type PercentileCurve = Results['percentiles'][number];
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
    const file = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, 'results.json') : path;
    if (!existsSync(file)) throw new Error('expected a results.json or the folder of a run that has one, got none');
    const results: Results = JSON.parse(readFileSync(file, 'utf8'));
    const { success, issues } = v.safeParse(Shape, results);
    if (success) return results;
    const [issue] = issues;
    throw new Error(`expected results of schema 2, got ${issue.received} at ${v.getDotPath(issue) ?? 'the root'}`);
  } catch (cause) {
    throw new UsageError(`${path}: ${cause instanceof Error ? cause.message : cause}`);
  }
}
