/**
 * Starts the load generator as a process of its own. It must not share one with the arms: importing Miniflare replaces
 * the dispatcher of the global fetch, which then takes four times as long.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import * as v from 'valibot';
import { type WindowRequest, WindowResult } from './window.ts';

export interface Generator {
  readonly pid: number;
  /** Runs one window; one at a time. Rejects when the generator ends before it has answered. */
  run(request: WindowRequest): Promise<WindowResult>;
  stop(): void;
}

export function startGenerator(): Generator {
  const child = fork(join(import.meta.dirname, 'generator.ts'), { serialization: 'advanced' });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`load generator: expected it to answer, but it ended with ${code}`);
  });
  ended.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    run: async (request) => {
      const answer = once(child, 'message');
      child.send(request);
      const [message] = await Promise.race([answer, ended]);
      return v.parse(WindowResult, message);
    },
    stop: () => child.disconnect(),
  };
}
