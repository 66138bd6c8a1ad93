/** Computes results.json from the records of a run, whole or cut off. The same records always give the same results. */
import type { Environment, RunRecord } from '../run/records.ts';
import { coldStartSection } from './cold-start.ts';
import { comparisonsOf, measurementsOf } from './comparisons.ts';
import { breakEvenOf, deploymentsOf } from './deployments.ts';
import { lawChecks } from './laws.ts';
import { maxRates } from './max-rate.ts';
import { noiseOf, REFERENCES } from './primary.ts';
import { memoryNotes, questionsOf } from './question.ts';
import type { Results } from './results.ts';
import { collect, percentileCurves } from './series.ts';
import { type MeasuredSubject, subjectResult, subjectsOf } from './subjects.ts';

interface ResultsInput {
  readonly environment: Environment;
  /** Read once, in order. */
  readonly records: AsyncIterable<RunRecord> | Iterable<RunRecord>;
}

/** Each subject against `combined`, or against the first that was measured where that one was not: no reference, if possible. */
export async function makeResults({ environment, records }: ResultsInput): Promise<Results> {
  const run = await collect(records);
  const { series, end } = run;
  const subjects = subjectsOf(environment, run);
  const names = subjects.map(({ name }) => name);
  const baseline = chooseBaseline(subjects);
  const questions = questionsOf(series, subjects);
  const measurements = questions.flatMap(measurementsOf);
  const comparisons = comparisonsOf(questions, subjects, baseline);
  // Notes on a subject stand with it as remarks.
  const notes = run.notes.flatMap(({ subject, text }) =>
    subject === null ? text : names.includes(subject) ? [] : `${subject}: ${text}`,
  );
  return {
    schema: 2,
    environment,
    incomplete: end === null ? 'the run was cut off' : end.failed,
    own: end === null ? null : { elapsedMs: end.elapsedMs, peakMiB: end.peakMiB },
    baseline,
    subjects: subjects.map((subject) => subjectResult(subject, run)),
    measurements,
    comparisons,
    noise: noiseOf(comparisons),
    percentiles: percentileCurves(series),
    laws: lawChecks(subjects, environment),
    maxRates: maxRates(series, baseline),
    breakEven: breakEvenOf({ baseline, comparisons, measurements }, series),
    coldStart: coldStartSection(run.coldStarts),
    deployments: deploymentsOf(names, run.footprints, measurements),
    analytics: run.analytics.map(({ kind: _, ...figures }) => figures),
    notes: [...notes, ...memoryNotes(subjects)],
  };
}

function chooseBaseline(subjects: readonly MeasuredSubject[]): string {
  const measured = subjects.filter(({ requests, starts }) => requests > 0 || starts.size > 0);
  const names = (measured.length > 0 ? measured : subjects).map(({ name }) => name);
  const isDeployment = (name: string) => !REFERENCES.has(name);
  return names.find((name) => name === 'combined') ?? names.find(isDeployment) ?? names[0] ?? '';
}
