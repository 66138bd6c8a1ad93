/** What is measured: a local arm, started anew for each start, or a deployment that already runs somewhere. */
import type { BuildOptions } from '../../models/build/options.ts';
import type { ArmName } from '../arms/arms.ts';
import { firstRightAnswer } from '../arms/first-answer.ts';
import { askedModel, startArm } from '../arms/start-arm.ts';

export type Subject =
  | { readonly kind: 'arm'; readonly name: ArmName }
  | { readonly kind: 'target'; readonly name: string; readonly url: URL };

export interface RunningSubject {
  readonly name: string;
  readonly url: URL;
  /** The model that is asked. */
  readonly model: string;
  /** Server processes on this machine; empty for a target. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

/** Resolves when the subject has given its first right answer. Arms are started from the build of these options. */
export async function startSubject(subject: Subject, build: BuildOptions): Promise<RunningSubject> {
  const model = askedModel(build);
  if (subject.kind === 'target') {
    await firstRightAnswer(subject.name, subject.url, model);
    return { name: subject.name, url: subject.url, model, pids: [], stop: async () => undefined };
  }
  const { url, pids, stop } = await startArm(subject.name, { build });
  return { name: subject.name, url, model, pids, stop };
}
