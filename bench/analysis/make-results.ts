/** Computes results.json from the records of a run, whole or cut off. The same records always give the same results. */
import type { Environment } from '../run/environment.ts';
import type { RunRecord } from '../run/records.ts';
import { coldStartSection } from './cold-start.ts';
import { comparisonsOf, measurementsOf } from './comparisons.ts';
import { breakEvenOf, deploymentsOf } from './deployments.ts';
import { lawChecks } from './laws.ts';
import { maxRates } from './max-rate.ts';
import { noiseOf, REFERENCES } from './primary.ts';
import { memoryNote, memoryQuestions, questionsOf } from './question.ts';
import type { Results } from './results.ts';
import { type CollectedRun, collect, percentileCurves } from './series.ts';
import { type MeasuredSubject, subjectResult, subjectsOf } from './subjects.ts';

export interface ResultsInput {
  readonly environment: Environment;
  /** Read once, in order. */
  readonly records: AsyncIterable<RunRecord> | Iterable<RunRecord>;
}

/** Each subject against `combined`, or against the first that was measured where that one was not: no reference, if possible. */
export async function makeResults({ environment, records }: ResultsInput): Promise<Results> {
  const run = await collect(records);
  const { series } = run;
  const subjects = subjectsOf(environment, run);
  const names = subjects.map(({ name }) => name);
  const baseline = chooseBaseline(subjects);
  const questions = [...questionsOf(run, subjects), ...memoryQuestions(run, subjects)];
  const wanted = environment.profile.starts;
  const measurements = questions.flatMap((question) => measurementsOf(question, wanted));
  const comparisons = comparisonsOf({ questions, subjects, baseline, wanted, seed: environment.seed });
  return {
    schema: 2,
    environment,
    incomplete: whyIncomplete(run),
    own: run.end === null ? null : { elapsedMs: run.end.elapsedMs, peakMiB: run.end.peakMiB },
    baseline,
    subjects: subjects.map((subject) => subjectResult(subject, run)),
    measurements,
    comparisons,
    noise: noiseOf(comparisons),
    percentiles: percentileCurves(series),
    laws: lawChecks(series, subjects, environment),
    maxRates: maxRates(series, baseline),
    breakEven: breakEvenOf({ baseline, comparisons, measurements, series }),
    coldStart: coldStartSection(run.coldStarts),
    deployments: deploymentsOf({ subjects: names, footprints: run.footprints, measurements }),
    analytics: run.analytics.map(({ kind: _, ...figures }) => figures),
    notes: notesOf(run, names),
  };
}

function chooseBaseline(subjects: readonly MeasuredSubject[]): string {
  const measured = subjects.filter(({ counts, starts }) => counts.requests > 0 || starts.size > 0);
  const names = (measured.length > 0 ? measured : subjects).map(({ name }) => name);
  const isDeployment = (name: string) => !REFERENCES.has(name);
  return names.find((name) => name === 'combined') ?? names.find(isDeployment) ?? names[0] ?? '';
}

function whyIncomplete({ end }: CollectedRun): string | null {
  return end === null ? 'the run was cut off' : end.failed;
}

/** Notes on a subject stand with it as remarks; those on one that was not measured stand here. */
function notesOf(run: CollectedRun, names: readonly string[]): string[] {
  const told = run.notes.flatMap(({ subject, text }) => {
    if (subject === null) return text;
    return names.includes(subject) ? [] : `${subject}: ${text}`;
  });
  const memory = memoryNote(run);
  return memory === null ? told : [...told, memory];
}
