/** The command line of the benchmark, into a typed request or one clear error. */
import { parseArgs } from 'node:util';
import { ARM_NAMES, type ArmName, isArmName } from './arms/arms.ts';
import type { Subject } from './experiments/subject.ts';
import { CLIENT_NAMES, type ClientName } from './load/client.ts';

export interface RunOptions {
  readonly subjects: readonly Subject[];
  readonly latencyClient: ClientName;
  readonly throughputClient: ClientName;
  readonly seed: number;
}

/** Wrong use: the message says what was expected and what was got. */
export class UsageError extends Error {}

const DEFAULT_ARMS: readonly ArmName[] = ['null', 'floor', 'combined', 'pair-rpc'];
const MAX_SEED = 2 ** 31;

const OPTIONS = {
  arms: { type: 'string' },
  target: { type: 'string', multiple: true },
  client: { type: 'string' },
  seed: { type: 'string' },
} as const;

/** `nowMs` seeds a run that is given no seed. Throws `UsageError`. */
export function readOptions(args: readonly string[], nowMs: number): RunOptions {
  const { positionals, values } = parse(args);
  const [verb = 'run', ...rest] = positionals;
  if (verb !== 'run' || rest.length > 0) {
    throw new UsageError(`command: expected "run" or none, got ${JSON.stringify(positionals.join(' '))}`);
  }
  const targets = values.target ?? [];
  const subjects: Subject[] = [...readArms(values.arms, targets.length > 0), ...targets.map(readTarget)];
  const twice = subjects.find(({ name }, i) => subjects.findIndex((other) => other.name === name) !== i);
  if (twice !== undefined) throw new UsageError(`--arms, --target: expected each name once, got ${twice.name} twice`);
  const client = values.client === undefined ? undefined : readClient(values.client);
  return {
    subjects,
    latencyClient: client ?? 'fetch',
    throughputClient: client ?? 'undici',
    seed: values.seed === undefined ? Math.floor(nowMs) % MAX_SEED : readSeed(values.seed),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause));
  }
}

function readArms(text: string | undefined, hasTargets: boolean): Subject[] {
  const names = text === undefined ? (hasTargets ? [] : DEFAULT_ARMS) : text.split(',');
  return names.map((name) => {
    if (isArmName(name)) return { kind: 'arm', name };
    throw new UsageError(`--arms: expected a list of ${ARM_NAMES.join(', ')}, got ${JSON.stringify(name)}`);
  });
}

function readTarget(text: string): Subject {
  const [, name, url = ''] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (name === undefined || !URL.canParse(url) || !/^https?:/.test(url)) {
    throw new UsageError(`--target: expected NAME=URL with an http or https URL, got ${JSON.stringify(text)}`);
  }
  if (!/^https?:\/\/[^/?#]*\/?$/.test(url)) {
    throw new UsageError(`--target: expected a URL without a path, got ${JSON.stringify(url)}`);
  }
  if (isArmName(name)) throw new UsageError(`--target: expected a name that no arm has, got ${name}`);
  return { kind: 'target', name, url: new URL(url) };
}

function readClient(text: string): ClientName {
  const client = CLIENT_NAMES.find((name) => name === text);
  if (client !== undefined) return client;
  throw new UsageError(`--client: expected ${CLIENT_NAMES.join(' or ')}, got ${JSON.stringify(text)}`);
}

function readSeed(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed < MAX_SEED) return seed;
  throw new UsageError(`--seed: expected a whole number below ${MAX_SEED}, got ${JSON.stringify(text)}`);
}
