/**
 * Bare workerd processes, made from bundles and wrangler configurations: nothing of Miniflare's is in them, they start in
 * a fifth of its time, and they end with this program whatever ends it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import * as v from 'valibot';
import { bundleFolder, modulesOf, ROOT, readConfig, type WorkerStart } from '../../models/build/workers.ts';
import { freePort, HOST, withParent } from './processes.ts';

/** The program for this system: the package's only export. */
const WORKERD = v.parse(v.object({ default: v.string() }), createRequire(import.meta.url)('workerd')).default;

/** What workerd writes to its control pipe when a socket listens. */
const Listening = v.object({ event: v.literal('listen'), socket: v.literal('http'), port: v.number() });

/** Cap'n Proto member of a module, by type: https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp */
const MODULE_MEMBERS = { ESModule: 'esModule', CompiledWasm: 'wasm', Data: 'data' } as const;

const CONTROL_FD = 3;

export interface WorkerdProcess {
  /** Of the first Worker. */
  readonly url: URL;
  readonly pid: number;
  /** The time just before the process was started, as `performance.now()` tells it. */
  readonly startMs: number;
  stop(): Promise<void>;
}

interface WorkerdOptions {
  /** Port of the first Worker; 0, the default, takes a free one. */
  readonly port?: number;
  /** Cores to run on, as `taskset` takes them; without them the system chooses. */
  readonly cores?: string | null;
}

let written = 0;

/** Resolves when the first Worker listens. Rejects with what workerd says when it ends before. */
export async function startWorkerd(
  workers: readonly WorkerStart[],
  { port = 0, cores = null }: WorkerdOptions = {},
): Promise<WorkerdProcess> {
  // What workerd says of a port that is taken may come too late for the error of a failed start.
  if (port !== 0) await freePort(port);
  written += 1;
  const file = join(tmpdir(), `tandem-${process.pid}-${written}.capnp`);
  writeFileSync(file, configText(workers, port));
  const pinned = cores === null ? [] : ['taskset', '-c', cores];
  // Modules are embedded by their absolute paths.
  const serve = [WORKERD, 'serve', file, '--import-path=/', `--control-fd=${CONTROL_FD}`];
  const [program = '', ...args] = withParent('KILL', [...pinned, ...serve]);
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
    const listening = await listeningPort(child);
    child.stderr?.on('data', (chunk: Buffer) => process.stderr.write(chunk));
    return { url: new URL(`http://${HOST}:${listening}`), pid: child.pid ?? 0, startMs, stop };
  } catch (cause) {
    await stop();
    throw cause;
  } finally {
    rmSync(file, { force: true });
  }
}

async function listeningPort(child: ChildProcess): Promise<number> {
  const said: Buffer[] = [];
  const listen = (chunk: Buffer) => said.push(chunk);
  child.stderr?.on('data', listen);
  const control = child.stdio[CONTROL_FD];
  if (!(control instanceof Readable)) throw new Error('workerd: expected a control pipe, got none');
  for await (const line of createInterface(control)) {
    const message = v.safeParse(Listening, JSON.parse(line));
    if (!message.success) continue;
    child.stderr?.off('data', listen);
    return message.output.port;
  }
  throw new Error(`workerd: expected it to listen, but it ended:\n${Buffer.concat(said)}`);
}

/** The configuration of one process in Cap'n Proto's text. */
function configText(workers: readonly WorkerStart[], port: number): string {
  const names = workers.map(({ worker, root }) => readConfig(worker, root).name);
  const [first] = names;
  if (first === undefined) throw new Error('expected at least one Worker to start, got none');
  const services = workers.map(
    (worker, i) => `(name = ${text(names[i] ?? '')}, worker = ${workerText(worker, names)})`,
  );
  // A predictor on another process is on this machine, where workerd's own network does not go.
  const internet =
    '(name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true)))';
  return [
    'using Workerd = import "/workerd/workerd.capnp";',
    'const config :Workerd.Config = (',
    `  services = ${list([...services, internet])},`,
    `  sockets = [(name = "http", address = "${HOST}:${port}", http = (), service = ${text(first)})],`,
    ');',
    '',
  ].join('\n');
}

/** One Worker, bound to those of its services that run in the same process. */
function workerText({ worker, root = ROOT, vars = {} }: WorkerStart, started: readonly string[]): string {
  const config = readConfig(worker, root);
  const folder = bundleFolder(worker, root);
  const modules = modulesOf(folder).map(
    ({ file, type }) => `(name = ${text(file)}, ${MODULE_MEMBERS[type]} = embed ${text(join(folder, file))})`,
  );
  const bindings = [
    ...Object.entries({ ...config.vars, ...vars }).map(
      ([name, value]) => `(name = ${text(name)}, text = ${text(value)})`,
    ),
    ...config.services
      .filter(({ service }) => started.includes(service))
      .map(({ binding, service }) => `(name = ${text(binding)}, service = ${text(service)})`),
  ];
  const members = [
    `compatibilityDate = ${text(config.compatibility_date)}`,
    `compatibilityFlags = ${list(config.compatibility_flags.map(text))}`,
    `modules = ${list(modules)}`,
    `bindings = ${list(bindings)}`,
  ];
  return `(${members.join(', ')})`;
}

function list(items: readonly string[]): string {
  return `[${items.join(', ')}]`;
}

/** A text literal. Cap'n Proto's escapes are those of C, which JSON's are as well, but for Unicode's. */
function text(value: string): string {
  return JSON.stringify(value);
}
