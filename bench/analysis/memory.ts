/**
 * Memory: a subject's proportional set size after its first right answer, above that of the empty Worker in the same start.
 * Under load the engine keeps what it has not collected yet, the more the faster it answers: that tells requests, not needs.
 */
import { EMPTY } from '../load/workloads.ts';
import type { StartRecord } from '../run/records.ts';
import type { CollectedRun } from './collect.ts';
import { type Answer, type Question, risingStarts } from './question.ts';
import type { MeasuredSubject } from './subjects.ts';
import { whyWrong } from './validity.ts';

/** Why memory is not above the empty Worker's; null when it is, or was not measured. */
export function memoryNote({ starts }: CollectedRun): string | null {
  const known = starts.filter(({ memoryMiB }) => memoryMiB !== null);
  if (known.length === 0 || known.some(({ subject }) => subject === EMPTY)) return null;
  return `memory is absolute: the empty Worker (${EMPTY}) was not measured, so nothing is subtracted`;
}

/** One question, which the empty Worker does not answer; none when there were no starts. */
export function memoryQuestions(run: CollectedRun, subjects: readonly MeasuredSubject[]): Question[] {
  if (run.starts.length === 0) return [];
  const empty = new Map(
    run.starts.flatMap((record) => (record.subject === EMPTY ? [[record.start, totalMiB(record)]] : [])),
  );
  const isSubtracted = [...empty.values()].some((value) => value !== null);
  const answers = subjects
    .filter(({ name, starts }) => starts.size > 0 && !(isSubtracted && name === EMPTY))
    .map((subject): Answer => {
      const own = run.starts.filter((record) => record.subject === subject.name);
      return answerOf(subject, own, isSubtracted ? (start) => empty.get(start) ?? null : () => 0);
    });
  return [{ metric: 'memoryMiB', condition: null, starts: risingStarts(run.starts), answers }];
}

function answerOf(
  subject: MeasuredSubject,
  starts: readonly StartRecord[],
  base: (start: number) => number | null,
): Answer {
  const values = new Map<number, Map<number, number>>();
  for (const record of starts) {
    const [total, subtracted] = [totalMiB(record), base(record.start)];
    if (total !== null && subtracted !== null) values.set(record.start, new Map([[1, total - subtracted]]));
  }
  const missing = values.size === 0 ? 'not measured' : null;
  const invalid = whyWrong(subject) ?? missing;
  return { subject, values, unsettled: new Set(), requests: 0, clientLimited: null, invalid };
}

function totalMiB({ memoryMiB }: StartRecord): number | null {
  return memoryMiB === null ? null : Object.values(memoryMiB).reduce((sum, value) => sum + value, 0);
}
