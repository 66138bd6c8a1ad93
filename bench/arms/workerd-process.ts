/** One bare workerd process, timed from before its start. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import * as v from 'valibot';

/** The program for this system: the package's only export. */
const WORKERD = v.parse(v.object({ default: v.string() }), createRequire(import.meta.url)('workerd')).default;

/** What workerd writes to its control pipe when a socket listens. */
const Listening = v.object({ event: v.literal('listen'), socket: v.literal('http'), port: v.number() });

export interface WorkerdProcess {
  readonly url: URL;
  readonly pid: number;
  /** The time just before the process was started, as `performance.now()` tells it. */
  readonly startMs: number;
  stop(): Promise<void>;
}

const CONTROL_FD = 3;

/** Resolves when the socket of the configuration listens. Rejects with what workerd says when it ends before. */
export async function startWorkerd(config: string, cores: string | null): Promise<WorkerdProcess> {
  const command = [WORKERD, 'serve', config, `--control-fd=${CONTROL_FD}`];
  const [program = '', ...args] = cores === null ? command : ['taskset', '-c', cores, ...command];
  const startMs = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = once(child, 'close');
  const stop = async () => {
    process.off('exit', kill);
    kill();
    await ended;
  };
  try {
    const port = await listeningPort(child);
    return { url: new URL(`http://127.0.0.1:${port}`), pid: child.pid ?? 0, startMs, stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

async function listeningPort(child: ChildProcess): Promise<number> {
  const said: Buffer[] = [];
  child.stderr?.on('data', (chunk: Buffer) => said.push(chunk));
  const control = child.stdio[CONTROL_FD];
  if (!(control instanceof Readable)) throw new Error('workerd: expected a control pipe, got none');
  for await (const line of createInterface(control)) {
    const message = v.safeParse(Listening, JSON.parse(line));
    if (message.success) return message.output.port;
  }
  throw new Error(`workerd: expected it to listen, but it ended:\n${Buffer.concat(said)}`);
}
