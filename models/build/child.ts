/** Runs a part of the work in a process of its own, which a crash or a hang ends and nothing else. */
import { fork } from 'node:child_process';

export interface ChildOptions {
  /** The program. It gets this process's id as its argument, is sent `request`, sends messages, and ends with 0. */
  readonly program: URL;
  readonly request: object;
  /** `advanced` carries what a structured clone does; the default is JSON. */
  readonly serialization?: 'json' | 'advanced';
  /** The process is ended when it sends nothing for so long. */
  readonly silenceMs: number;
  readonly onMessage: (message: unknown) => void;
}

/** Resolves when the process has ended: with nothing when all went well, else with how it ended. */
export function runChild({
  program,
  request,
  silenceMs,
  onMessage,
  serialization = 'json',
}: ChildOptions): Promise<string | undefined> {
  // The runtime's own warnings would bury the report.
  const child = fork(program, [String(process.pid)], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], serialization });
  const timer = setTimeout(() => child.kill('SIGKILL'), silenceMs);
  child.on('message', (message) => {
    timer.refresh();
    onMessage(message);
  });
  child.send(request);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) return resolve(undefined);
      resolve(signal === 'SIGKILL' ? `no answer in ${silenceMs / 1000} s` : `a crash (${signal ?? `exit ${code}`})`);
    });
  });
}
