/** What the benchmark and the process that keeps its arms say to each other. Both cross a process boundary. */
import * as v from 'valibot';
import { RUNTIMES } from '../../models/build/options.ts';

const Build = v.object({
  runtime: v.exactOptional(v.picklist(RUNTIMES)),
  models: v.exactOptional(v.pipe(v.array(v.string()), v.readonly())),
});

/** `arm` is a number of the asker's choice by which the arm is named from then on. */
export const HostRequest = v.variant('kind', [
  v.object({ id: v.number(), kind: v.literal('start'), arm: v.number(), name: v.string(), build: Build }),
  v.object({ id: v.number(), kind: v.literal('stop'), arm: v.number() }),
]);
export type HostRequest = v.InferOutput<typeof HostRequest>;

export const HostAnswer = v.object({
  id: v.number(),
  /** Why it could not be done; null when it was. */
  error: v.nullable(v.string()),
  started: v.nullable(
    v.object({ url: v.string(), processes: v.array(v.object({ role: v.string(), pid: v.number() })) }),
  ),
});
export type HostAnswer = v.InferOutput<typeof HostAnswer>;
