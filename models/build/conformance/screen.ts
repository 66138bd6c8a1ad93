/**
 * Runs cases on the stock runtime in a process of its own, before any Worker gets them: the Workers do not tell clients
 * in what words onnxruntime refuses, and a model that crashes or hangs would take its whole group along.
 */
import * as v from 'valibot';
import { runChild } from '../child.ts';
import { explainFailure } from '../probe-failure.ts';
import type { CaseModel } from './case-model.ts';
import { failed, type Outcome, refused } from './outcome.ts';

/** How far a case came. `broken` is a trap, a crash or a hang; the text is the runtime's own, where it has one. */
export const Screened = v.object({ came: v.picklist(['load', 'run', 'end', 'broken']), message: v.string() });
export type Screened = v.InferOutput<typeof Screened>;

/** A case with what became of it. */
export interface ScreenedCase extends CaseModel {
  readonly screened: Screened;
}

/** How long a case may take. */
const SILENCE_MS = 60_000;

/** The cases, in order. */
export async function screen(cases: readonly CaseModel[]): Promise<ScreenedCase[]> {
  const answers: Screened[] = [];
  while (answers.length < cases.length) {
    const end = await runChild({
      program: new URL('./screen-process.ts', import.meta.url),
      request: cases.slice(answers.length).map(({ folder }) => folder),
      silenceMs: SILENCE_MS,
      onMessage: (message) => answers.push(v.parse(Screened, message)),
    });
    // The process ends by itself after a case that broke the runtime; else the first without an answer ended it.
    if (end !== undefined) answers.push({ came: 'broken', message: end });
  }
  const none: Screened = { came: 'broken', message: 'no answer' };
  return cases.map((model, index) => ({ ...model, screened: answers[index] ?? none }));
}

/** The outcome of a case that no Worker should get; undefined for all others. */
export function unfitFor({ model, screened: { came, message } }: ScreenedCase): Outcome | undefined {
  if (came === 'load') return refused(explainFailure({ ok: false, stage: 'load', message }, model));
  if (came === 'broken') return failed(`the stock runtime breaks on it, so no Worker gets it: ${message}`);
  return undefined;
}
