/** Processes that end with this program, what else goes with it, and the cores that they run on. Mostly Linux. */
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server process, and what runs in it: names of Workers joined by `+`, or a peer's program, which may be several. */
export interface ServerProcess {
  readonly role: string;
  readonly pid: number;
}

/** Where servers listen. */
export const HOST = '127.0.0.1';

/** `port` itself, or a free one for 0. Rejects when it is in use. */
export async function freePort(port: number): Promise<number> {
  const server = createServer().listen(port, HOST);
  await once(server, 'listening').catch(() => {
    throw new Error(`expected a free port, got one that is in use (${HOST}:${port})`);
  });
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : port;
}

let hasSetpriv: boolean | undefined;

/** Kill what is bound to this program. */
const kills = new Set<() => void>();
process.once('exit', () => kills.forEach((kill) => void kill()));

/** Starts a program that gets `signal` when this one ends; also when it is killed, where util-linux can see to that. */
export function spawnBound(signal: 'KILL' | 'TERM', command: readonly string[], options: SpawnOptions): ChildProcess {
  hasSetpriv ??= spawnSync('setpriv', ['--pdeathsig', signal, 'true']).status === 0;
  const [program = '', ...args] = [...(hasSetpriv ? ['setpriv', '--pdeathsig', signal] : []), ...command];
  const child = spawn(program, args, options);
  const kill = () => child.kill(`SIG${signal}`);
  kills.add(kill);
  return child.once('exit', () => kills.delete(kill));
}

interface Stoppable {
  stop(): Promise<void>;
}

/** What `start` makes, with a `stop` for all that it has added; that is ended as well when it rejects. */
export async function together<T extends { readonly url: URL }>(
  start: (add: <S extends Stoppable>(one: S) => S) => Promise<T>,
): Promise<T & Stoppable> {
  const running: Stoppable[] = [];
  const add = <S extends Stoppable>(one: S): S => {
    running.push(one);
    return one;
  };
  const stop = async () => {
    const ends = await Promise.allSettled(running.map((one) => one.stop()));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  };
  try {
    return { ...(await start(add)), stop };
  } catch (cause) {
    await stop().catch(() => undefined);
    throw cause;
  }
}

/** A process and all that it started; only itself where there is no /proc. */
export function withDescendants(pid: number): number[] {
  const children = globSync(`/proc/${pid}/task/*/children`).flatMap((file) => readOr(file).match(/\d+/g) ?? []);
  return [pid, ...children.flatMap((child) => withDescendants(Number(child)))];
}

/** A file of a process that may have ended; empty then. */
function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Lists of cores as `taskset` takes them. */
export type Cores = Readonly<Record<'client' | 'servers', string>>;

/** The first core that this program may use for the client, and its others for the servers; null where there is no other. */
export function chooseCores(): Cores | null {
  const { status, stdout } = spawnSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' });
  const [client, ...servers] = status === 0 ? coresIn(stdout.trim().split(': ').at(-1) ?? '') : [];
  return client === undefined || servers.length === 0 ? null : { client: String(client), servers: servers.join(',') };
}

/** The cores of a list as `taskset` has it: "0-3", "2,3", "0,2-4". */
export function coresIn(list: string): number[] {
  return list.split(',').flatMap((part) => {
    const [first = Number.NaN, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** Binds all threads of a process to `cores`. */
export function pin(pid: number, cores: string): void {
  spawnSync('taskset', ['-acp', cores, String(pid)], { stdio: 'ignore' });
}

const CHECK_MS = 250;

/** Exits with 128 and the number of a signal that comes, or with 1 once a process that this one hangs on is gone. */
export function exitWhenTold(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
  const atStart = parents();
  setInterval(() => parents() !== atStart && process.exit(1), CHECK_MS).unref();
}

/** The parent's id and, where that is npm's shell, npm's: a shell that does not `exec` outlives an npm that is killed. */
function parents(): string {
  const { env, ppid } = process;
  const isScript = env.npm_lifecycle_event !== undefined && readOr(`/proc/${ppid}/cmdline`).includes('\0-c\0');
  // Field 4 of its stat, counted after the name in parentheses.
  return isScript ? `${ppid} ${readOr(`/proc/${ppid}/stat`).split(') ').at(-1)?.split(' ')[1]}` : String(ppid);
}

/** Runs `job` with a new folder, and removes it afterwards, also when the program ends meanwhile. */
export async function withTemporaryFolder<T>(name: string, job: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), `tandem-${name}-`));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    return await job(folder);
  } finally {
    process.off('exit', remove);
    remove();
  }
}
