/** Bare workerd processes, made from bundles and wrangler configurations. They start in a fifth of Miniflare's time. */
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as v from 'valibot';
import {
  bundleFolder,
  configFile,
  modulesOf,
  readConfig,
  type ServiceBinding,
  type WorkerStart,
} from '../../models/build/workers.ts';
import { freePort, HOST, spawnBound } from './processes.ts';

/** The program for this system: the package's only export. */
const WORKERD = v.parse(v.object({ default: v.string() }), createRequire(import.meta.url)('workerd')).default;

/** What workerd writes to its control pipe when its only socket listens. */
const CONTROL_FD = 3;
const Listening = v.object({ event: v.literal('listen'), port: v.number() });

/** Cap'n Proto member of a module, by type: https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp */
const MODULE_MEMBERS = { ESModule: 'esModule', CompiledWasm: 'wasm', Data: 'data' } as const;

/** A Worker whose `services` override those of its configuration too. `before`: file of a module that is its entry, and imports its own. */
export interface WorkerdStart extends WorkerStart {
  readonly before?: string;
  readonly services?: readonly v.InferOutput<typeof ServiceBinding>[];
}

export interface WorkerdProcess {
  /** Of the first Worker. */
  readonly url: URL;
  readonly pid: number;
  /** `performance.now()` just before the process was started. */
  readonly startMs: number;
  /** Resolves when it is gone, whatever ended it. */
  readonly ended: Promise<unknown>;
  stop(): Promise<void>;
}

/** `cores`: as `taskset` has them. `heapMb`: most of a JavaScript heap. What a quiet one says once it listens is dropped. */
export interface WorkerdOptions {
  readonly port?: number;
  readonly cores?: string | null;
  readonly heapMb?: number;
  readonly isQuiet?: boolean;
}

/** Resolves when the first Worker listens. Rejects with what workerd says. */
export async function startWorkerd(
  workers: readonly WorkerdStart[],
  { port = 0, cores = null, heapMb, isQuiet = false }: WorkerdOptions = {},
): Promise<WorkerdProcess> {
  // What workerd says of a port that is taken may come too late for the error of a failed start.
  if (port !== 0) await freePort(port);
  const file = join(tmpdir(), `tandem-${randomUUID()}.capnp`);
  const v8Flags = heapMb === undefined ? [] : [`--max-heap-size=${heapMb}`];
  const config = capnp({ ...configOf(workers, port), v8Flags });
  writeFileSync(file, `using Workerd = import "/workerd/workerd.capnp";\nconst config :Workerd.Config = ${config};\n`);
  const pinned = cores === null ? [] : ['taskset', '-c', cores];
  // Modules are embedded by their absolute paths.
  const serve = [WORKERD, 'serve', file, '--import-path=/', `--control-fd=${CONTROL_FD}`];
  const startMs = performance.now();
  const child = spawnBound('KILL', [...pinned, ...serve], { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  try {
    const listening = await listeningPort(child);
    // Both: standard output is this program's own.
    const hear = isQuiet ? () => undefined : (chunk: Buffer) => process.stderr.write(chunk);
    for (const said of [child.stdout, child.stderr]) said?.on('data', hear);
    return { url: new URL(`http://${HOST}:${listening}`), pid: child.pid ?? 0, startMs, ended, stop };
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
    child.stderr?.off('data', listen);
    return v.parse(Listening, JSON.parse(line)).port;
  }
  throw new Error(`workerd: expected it to listen, but it ended:\n${Buffer.concat(said)}`);
}

/** The configuration of one process. Bindings to services of another one are left out: a gateway reaches it by URL. */
function configOf(workers: readonly WorkerdStart[], port: number) {
  const starts = workers.map((start) => ({ ...start, config: readConfig(start.worker, start.root) }));
  const names = starts.map(({ config }) => config.name);
  const services = starts.flatMap<Value>(({ worker, root, before, vars, services = [], config }) => {
    const folder = bundleFolder(worker, root);
    const bundled = modulesOf(folder).map(({ file, type }) => {
      return { name: file, [MODULE_MEMBERS[type]]: pathToFileURL(join(folder, file)) };
    });
    const entry = before === undefined ? [] : [{ name: basename(before), esModule: pathToFileURL(before) }];
    const modules = [...entry, ...bundled];
    const asked = new Map([...config.services, ...services].map((one) => [one.binding, one]));
    const here = [...asked.values()].filter(({ service }) => names.includes(service));
    const bindings: Value[] = [
      ...Object.entries({ ...config.vars, ...vars }).map(([name, text]) => ({ name, text })),
      ...here.map(({ binding, service: name, entrypoint }) => {
        return { name: binding, service: entrypoint === undefined ? name : { name, entrypoint } };
      }),
    ];
    const { compatibility_date: compatibilityDate, compatibility_flags: compatibilityFlags } = config;
    const service = { name: config.name, worker: { compatibilityDate, compatibilityFlags, modules, bindings } };
    if (config.assets === undefined) return [service];
    // Where Cloudflare answers with a file itself, here the app does, which asks for none while a route matches.
    const site = {
      name: `${config.name}-site`,
      disk: { path: join(dirname(configFile(worker, root)), config.assets.directory) },
    };
    bindings.push({ name: 'SITE', service: site.name });
    return [service, site];
  });
  // A predictor on another process is on this machine, where workerd's own network does not go.
  const network = { allow: ['public', 'private'], tlsOptions: { trustBrowserCas: true } };
  const socket = { name: 'http', address: `${HOST}:${port}`, http: {}, service: names[0] ?? '' };
  return { services: [...services, { name: 'internet', network }], sockets: [socket] };
}

/** Texts, lists and structs; a URL is of a file to embed. */
type Value = string | boolean | URL | Value[] | { readonly [member: string]: Value };

/** A value in Cap'n Proto's text. The escapes of a text are those of C, which JSON's are as well, but for Unicode's. */
function capnp(value: Value): string {
  if (value instanceof URL) return `embed ${JSON.stringify(fileURLToPath(value))}`;
  if (Array.isArray(value)) return `[${value.map(capnp).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => `${name} = ${capnp(member)}`);
  return `(${members.join(', ')})`;
}
