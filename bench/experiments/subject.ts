/** What is measured: a local arm, started anew for each start, or a deployment that already runs somewhere. */
import type { ArmName } from '../arms/arms.ts';
import { firstRightAnswer } from '../arms/first-answer.ts';
import { startArm } from '../arms/start-arm.ts';

export type Subject =
  | { readonly kind: 'arm'; readonly name: ArmName }
  | { readonly kind: 'target'; readonly name: string; readonly url: URL };

export interface RunningSubject {
  readonly name: string;
  readonly url: URL;
  /** Server processes on this machine; empty for a target. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

/** Resolves when the subject has given its first right answer. */
export async function startSubject(subject: Subject): Promise<RunningSubject> {
  if (subject.kind === 'target') {
    await firstRightAnswer(subject.name, subject.url);
    return { name: subject.name, url: subject.url, pids: [], stop: async () => undefined };
  }
  const { url, pids, stop } = await startArm(subject.name);
  return { name: subject.name, url, pids, stop };
}
