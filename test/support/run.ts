/** Runs one of the project's programs and keeps what it prints. */
import { type ChildProcess, spawn } from 'node:child_process';
import { ROOT } from '../../models/build/workers.ts';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  /** Resolves with everything printed on standard output as soon as it matches; rejects when the program ends first. */
  until(pattern: RegExp): Promise<string>;
  readonly finished: Promise<Finished>;
}

export function start(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Running {
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', ...environment };
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  const until = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => pattern.test(stdout) && resolve(stdout);
      child.stdout.on('data', look);
      look();
      finished.then(() => reject(new Error(`ended before ${pattern}: ${stdout}${stderr}`)), reject);
    });
  return { child, until, finished };
}

/** Runs a program to its end. */
export function run(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Finished> {
  return start(command, args, environment).finished;
}
