/** Computes results.json from the records of a run, whole or cut off. The same records always give the same results. */
import type { Environment } from '../run/records.ts';
import { coldStartSection } from './cold-start.ts';
import { comparisonsOf, measurementsOf, noiseOf } from './comparisons.ts';
import { crossingsOf } from './crossing.ts';
import { breakEvenOf, deploymentsOf } from './deployments.ts';
import { gridOf } from './grid.ts';
import { lawChecks } from './laws.ts';
import { maxRates } from './max-rate.ts';
import { memoryNotes, questionsOf } from './question.ts';
import { faultCases } from './resilience.ts';
import { type CollectedRun, collect, percentileCurves, type Records } from './series.ts';
import { isReference, type MeasuredSubject, subjectResult, subjectsOf } from './subjects.ts';

/** Measurements and comparisons are lists of the same shape whatever the experiment: metric and condition tell them apart. */
export async function makeResults({ environment, records }: { environment: Environment; records: Records }) {
  const run = await collect(records);
  const { series, end, notes } = run;
  const subjects = subjectsOf(environment, run);
  const names = subjects.map(({ name }) => name);
  const baseline = chooseBaseline(subjects);
  const questions = questionsOf(series, subjects);
  const measurements = questions.flatMap(measurementsOf);
  const comparisons = comparisonsOf(questions, subjects, baseline);
  // Notes on a subject stand with it as remarks.
  const apart = notes.filter(({ subject }) => subject === null || !names.includes(subject));
  const told = apart.map(({ subject, text }) => (subject === null ? text : `${subject}: ${text}`));
  return {
    schema: 2 as const,
    environment,
    /** Why the run did not get to its end; null for a whole one. */
    incomplete: end === null ? 'the run was cut off' : end.failed,
    /** What the benchmark itself took, without the arms; null for a run that was cut off. */
    own: end && { elapsedMs: end.elapsedMs, peakMiB: end.peakMiB },
    baseline,
    subjects: subjects.map((subject) => ({ ...subjectResult(subject), remarks: remarksOn(subject.name, notes) })),
    measurements,
    comparisons,
    noise: noiseOf(comparisons),
    percentiles: percentileCurves(series),
    laws: lawChecks(subjects, environment),
    maxRates: maxRates(series, baseline),
    breakEven: breakEvenOf(comparisons, measurements, run),
    grid: gridOf(series),
    crossing: crossingsOf(measurements, baseline),
    coldStart: coldStartSection(run.coldStarts),
    resilience: faultCases(run.faults),
    deployments: deploymentsOf(names, run, measurements),
    analytics: run.analytics.map(({ kind: _, ...figures }) => figures),
    notes: [...told, ...memoryNotes(subjects)],
  };
}

/** `combined`, or the first that was measured where that one was not: no reference, if possible. */
function chooseBaseline(subjects: readonly MeasuredSubject[]): string {
  const measured = subjects.filter(({ requests, starts }) => requests > 0 || starts.size > 0);
  const names = (measured.length > 0 ? measured : subjects).map(({ name }) => name);
  return names.find((name) => name === 'combined') ?? names.find((name) => !isReference(name)) ?? names[0] ?? '';
}

const MAX_REMARKS = 5;

/** The first few notes: a subject that fails all the time has one for every window. */
function remarksOn(name: string, notes: CollectedRun['notes']): string[] {
  const texts = notes.flatMap(({ subject, text }) => (subject === name ? text : []));
  const more = texts.splice(MAX_REMARKS).length;
  return more === 0 ? texts : [...texts, `${more} more remarks are in the records of the run`];
}
