/**
 * Starts the process that keeps the arms. wrangler and Miniflare take some 500 MB and work of their own: in a process apart
 * they stay out of the one that measures, and when that one is killed the arms still end.
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import * as v from 'valibot';
import type { BuildOptions } from '../../models/build/options.ts';
import type { ArmName } from './arms.ts';
import { HostAnswer, type HostRequest } from './host-messages.ts';
import type { RunningArm } from './start-arm.ts';

export interface ArmHost {
  /** Resolves when the arm has given its first right answer. Rejects when it does not, or the process ends. */
  start(name: ArmName, build: BuildOptions): Promise<RunningArm>;
  /** Ends the process, and all arms with it. */
  stop(): Promise<void>;
}

/** A request without its number. */
type Asked = HostRequest extends infer R ? (R extends unknown ? Omit<R, 'id'> : never) : never;

export function startArmHost(): ArmHost {
  const child = fork(join(import.meta.dirname, 'arm-host.ts'));
  const waiting = new Map<number, PromiseWithResolvers<HostAnswer>>();
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  // What goes wrong with it shows in the answer to a request, and at its end.
  child.on('error', () => undefined);
  let count = 0;
  child.on('message', (message) => {
    const answer = v.parse(HostAnswer, message);
    waiting.get(answer.id)?.resolve(answer);
    waiting.delete(answer.id);
  });
  child.once('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`the process of the arms ended with ${code}`));
  });
  const ask = async (request: Asked): Promise<HostAnswer> => {
    count += 1;
    const asked = Promise.withResolvers<HostAnswer>();
    waiting.set(count, asked);
    child.send({ ...request, id: count }, (cause) => {
      if (cause !== null) asked.reject(cause);
    });
    const answer = await asked.promise;
    if (answer.error !== null) throw new Error(answer.error);
    return answer;
  };
  return {
    start: async (name, build) => {
      const arm = count + 1;
      const { started } = await ask({ kind: 'start', arm, name, build });
      if (started === null) throw new Error(`${name}: expected it to be started, got no address`);
      const stop = async () => {
        if (child.connected) await ask({ kind: 'stop', arm });
      };
      return { arm: name, url: new URL(started.url), processes: started.processes, stop };
    },
    stop: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
