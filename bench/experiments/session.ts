/** What the experiments of one start share: the subjects that are up, the generator, and where records go. */
import type { Generator } from '../load/start-generator.ts';
import type { Progress } from '../report/progress.ts';
import type { OpenRun } from '../run/run-folder.ts';
import type { Headline } from './headline.ts';
import type { RunPlan } from './plan.ts';
import type { ByRole, RunningSubject } from './subject.ts';

/** What lasts for the whole run. */
export interface Session {
  readonly plan: RunPlan;
  readonly run: OpenRun;
  readonly generator: Generator;
  readonly progress: Progress;
  readonly headline: Headline;
  /** Share of the run that is done once `ms` more of its windows are. */
  readonly advance: (ms: number) => number;
}

/** One start of all subjects. */
export interface Start extends Session {
  /** From 1. */
  readonly start: number;
  readonly subjects: readonly RunningSubject[];
  /** What each used after its first right answer, before any load. */
  readonly memoryAtRest: ReadonlyMap<RunningSubject, ByRole>;
}
