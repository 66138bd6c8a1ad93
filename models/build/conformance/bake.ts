/** Bakes the models of cases into one module, in a process of its own. */
import * as v from 'valibot';
import { runChild } from '../child.ts';
import { CaseFolder } from './case-folder.ts';

/** What the process is sent. */
export const BakeRequest = v.object({ cases: v.array(CaseFolder), folder: v.string() });

/** What it sends: a step that it takes, or why it failed. */
export const BakeMessage = v.object({ step: v.optional(v.string()), error: v.optional(v.string()) });

/** How long a step may take; calibrating one model and comparing one are steps. */
const SILENCE_MS = 120_000;

export interface BakeCasesOptions {
  readonly cases: readonly CaseFolder[];
  /** The folder to write into. */
  readonly folder: string;
  /** Gets a line for every step. */
  readonly log: (message: string) => void;
}

/** Writes the baked artefact of `cases` into `folder`. Rejects with the baker's reason. */
export async function bakeCases({ cases, folder, log }: BakeCasesOptions): Promise<void> {
  let error: string | undefined;
  let step = 'the start';
  const end = await runChild({
    program: new URL('./bake-process.ts', import.meta.url),
    request: { cases, folder },
    silenceMs: SILENCE_MS,
    onMessage: (message) => {
      const told = v.parse(BakeMessage, message);
      error = told.error ?? error;
      if (told.step === undefined) return;
      step = told.step;
      if (!/^(calibrating|comparing) model/.test(step)) log(`bake: ${step}`);
    },
  });
  if (error !== undefined) throw new Error(error);
  if (end !== undefined) throw new Error(`expected a baked module, got ${end} at ${step}`);
}
