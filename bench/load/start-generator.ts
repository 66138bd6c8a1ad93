/**
 * Starts the load generator as a process of its own. It must not share one with the arms: importing Miniflare replaces
 * the dispatcher of the global fetch, which then takes four times as long.
 */
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import * as v from 'valibot';
import { TIMEOUT_MS } from './loops.ts';
import { type WindowRequest, WindowResult } from './window.ts';

/** How long after a window the generator may answer, in milliseconds: its own two time-outs, and as much again as one. */
const GRACE_MS = 3 * TIMEOUT_MS;

export type Generator = Awaited<ReturnType<typeof startGenerator>>;

/**
 * Resolves when it is ready: all threads of its engine are there then. Its first thread is bound to `core`, as `taskset` has
 * it. Those of the engine made requests leave late there: 1% by 1 to 2 ms at 1,000 a second, against 0.1 to 0.5.
 */
export async function startGenerator(core?: string) {
  // Answers are garbage at once: the engine would let them grow to 32 MB, and the C library keep a heap for each thread.
  const child = fork(join(import.meta.dirname, 'generator.ts'), {
    serialization: 'advanced',
    execArgv: ['--expose-gc', '--max-semi-space-size=2'],
    env: { ...process.env, MALLOC_ARENA_MAX: '1' },
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`load generator: expected it to answer, but it ended with ${code}`);
  });
  ended.catch(() => undefined);
  await Promise.race([once(child, 'message'), ended]);
  if (core !== undefined) spawnSync('taskset', ['-cp', core, String(child.pid)], { stdio: 'ignore' });
  /**
   * Runs one window; one at a time. `onBegin` is called when connections are open and the window is about to begin. Rejects
   * when the generator ends or hangs before it has answered.
   */
  const run = async (request: WindowRequest, onBegin?: () => void): Promise<WindowResult> => {
    const signal = AbortSignal.timeout(Math.ceil(request.durationMs) + GRACE_MS);
    const ask = async (message: WindowRequest | 'begin'): Promise<unknown> => {
      const answer = once(child, 'message', { signal });
      child.send(message);
      const [body] = await Promise.race([answer, ended]);
      return body;
    };
    try {
      await ask(request);
      onBegin?.();
      return v.parse(WindowResult, await ask('begin'));
    } catch (cause) {
      if (!signal.aborted) throw cause;
      const limit = `within ${GRACE_MS / 1000} s of a window`;
      throw new Error(`${request.subject}: expected the load generator to answer ${limit}, got nothing`, { cause });
    }
  };
  return { pid: child.pid ?? 0, run, stop: () => void child.kill() };
}
