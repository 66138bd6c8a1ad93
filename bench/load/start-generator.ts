/**
 * Starts the load generator as a process of its own. It must not share one with the arms: importing Miniflare replaces
 * the dispatcher of the global fetch, which then takes four times as long.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { type WindowRequest, WindowResult } from './window.ts';

/** How long after a window its last answers may come, in milliseconds; a server that takes longer hangs. */
const GRACE_MS = 10_000;

export interface Generator {
  readonly pid: number;
  /** Runs one window; one at a time. Rejects when the server hangs or the generator ends before it has answered. */
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
      const late = new AbortController();
      const tooLate = sleep(request.durationMs + GRACE_MS, undefined, { signal: late.signal }).then(() => {
        throw new Error(`${request.subject}: expected its last answers within ${GRACE_MS / 1000} s, got none`);
      });
      tooLate.catch(() => undefined);
      const [message] = await Promise.race([answer, ended, tooLate]).finally(() => late.abort());
      return v.parse(WindowResult, message);
    },
    stop: () => {
      child.kill();
    },
  };
}
