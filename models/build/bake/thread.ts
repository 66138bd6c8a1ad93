/** Runs a module of the baker in a thread: a runtime that fails is final for its thread, and so are pinned clocks. */
import fs from 'node:fs';
import { Worker } from 'node:worker_threads';

/** Drops what the runtime prints in this thread: each abort and each refusal of a model that is run for them. */
export function silenceRuntime(): void {
  console.error = () => undefined;
  // Where the glue of the package finds itself in Node.
  fs.writeSync = () => 0;
}

/** How long a step may take, in milliseconds. The thread tells a text before each; calibrating a model and comparing one are steps. */
export const STEP_LIMIT_MS = 300_000;

/**
 * The one message that the module at `url` posts, texts aside, which `log` gets. Rejects with what it throws, and when a
 * step does not end: a model may loop for ever on inputs that nobody meant for it.
 */
export async function runThread<T>(
  url: URL,
  workerData: unknown,
  log: (message: string) => void = () => undefined,
  limitMs = STEP_LIMIT_MS,
): Promise<T> {
  const thread = new Worker(url, { workerData });
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let step = 'the start';
  const endless = () => reject(new Error(`${step}: expected an end in ${limitMs / 1000} s, got none`));
  const timer = setTimeout(endless, limitMs);
  thread.on('message', (message) => {
    if (typeof message !== 'string') return resolve(message);
    step = message;
    timer.refresh();
    log(message);
  });
  thread.once('error', reject);
  thread.once('exit', (code) => reject(new Error(`${url.pathname} ended with ${code} and no answer`)));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    await thread.terminate();
  }
}
