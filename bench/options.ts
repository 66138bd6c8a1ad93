/** The command line of the benchmark, into a typed request or one clear error. */
import {
  BUILD_ARGS,
  type BuildOptions,
  parseCommandLine,
  readBuildOptions,
  UsageError,
} from '../models/build/options.ts';
import { ARM_NAMES, type ArmName, isArmName } from './arms/arms.ts';
import { EMPTY_ARM, isOneProcess } from './experiments/cold-start.ts';
import type { Subject } from './experiments/subject.ts';
import { CLIENT_NAMES, type ClientName } from './load/client.ts';

export interface RunOptions {
  readonly subjects: readonly Subject[];
  readonly latencyClient: ClientName;
  readonly throughputClient: ClientName;
  readonly seed: number;
  /** Options of the build that the arms are started from. */
  readonly build: BuildOptions;
  /** The one experiment to run; without one the comparison of the arms. */
  readonly only: 'cold-start' | null;
}

const DEFAULT_ARMS: readonly ArmName[] = ['null', 'floor', 'combined', 'pair-rpc'];
const COLD_START_ARMS: readonly ArmName[] = [EMPTY_ARM, 'combined', 'combined-stock', 'pair-rpc'];
const MAX_SEED = 2 ** 31;

const OPTIONS = {
  arms: { type: 'string' },
  target: { type: 'string', multiple: true },
  client: { type: 'string' },
  seed: { type: 'string' },
  only: { type: 'string' },
  ...BUILD_ARGS,
} as const;

/** `nowMs` seeds a run that is given no seed. Throws `UsageError`. */
export function readOptions(args: readonly string[], nowMs: number): RunOptions {
  const { positionals, values } = parseCommandLine({ args: [...args], options: OPTIONS, allowPositionals: true });
  const [verb = 'run', ...rest] = positionals;
  if (verb !== 'run' || rest.length > 0) {
    throw new UsageError(`command: expected "run" or none, got ${JSON.stringify(positionals.join(' '))}`);
  }
  const only = readOnly(values.only);
  const targets = values.target ?? [];
  const defaults = only !== null ? COLD_START_ARMS : targets.length > 0 ? [] : DEFAULT_ARMS;
  const subjects: Subject[] = [...readArms(values.arms, defaults), ...targets.map(readTarget)];
  const twice = subjects.find(({ name }, i) => subjects.findIndex((other) => other.name === name) !== i);
  if (twice !== undefined) throw new UsageError(`--arms, --target: expected each name once, got ${twice.name} twice`);
  if (only !== null) checkColdStart(subjects);
  const client = values.client === undefined ? undefined : readClient(values.client);
  return {
    subjects,
    latencyClient: client ?? 'fetch',
    throughputClient: client ?? 'undici',
    seed: values.seed === undefined ? Math.floor(nowMs) % MAX_SEED : readSeed(values.seed),
    build: readBuildOptions(values),
    only,
  };
}

function readOnly(text: string | undefined): RunOptions['only'] {
  if (text === undefined || text === 'cold-start') return text ?? null;
  throw new UsageError(`--only: expected cold-start, got ${JSON.stringify(text)}`);
}

/** A start can be timed of what is started here, in one process. */
function checkColdStart(subjects: readonly Subject[]): void {
  for (const subject of subjects) {
    if (subject.kind === 'arm' && isOneProcess(subject.name)) continue;
    throw new UsageError(`--only cold-start: expected arms of one process, got ${subject.name}`);
  }
  if (subjects.some(({ name }) => name === EMPTY_ARM)) return;
  throw new UsageError(
    `--only cold-start: expected the arm ${EMPTY_ARM} among --arms, to subtract its start, got none`,
  );
}

function readArms(text: string | undefined, defaults: readonly ArmName[]): Subject[] {
  const names = text === undefined ? defaults : text.split(',');
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
