/** The command line of a run, into a typed request or one clear error. */
import { parseCommandLine, UsageError } from '../models/build/command-line.ts';
import { readBuildOptions } from '../models/build/options.ts';
import { ARM_NAMES, type ArmName, isArmName, isOneProcess, type WorkerdArmName } from './arms/arms.ts';
import {
  COLD_START_ARMS,
  chooseProfile,
  defaultArms,
  ONLY_NAMES,
  PROFILES,
  type ProfileName,
  type RunPlan,
  type Subject,
} from './experiments/plan.ts';
import { CLIENT_NAMES } from './load/client.ts';
import { RUN } from './manual.ts';

/** What is asked for; the cores are found out later. */
export interface RunOptions extends Omit<RunPlan, 'cores'> {
  /** Names of the deployed Workers behind each target, for Cloudflare's analytics. */
  readonly scripts: ReadonlyMap<string, readonly string[]>;
  /** Whether the whole report is printed. */
  readonly verbose: boolean;
}

const MAX_SEED = 2 ** 31;

const PROFILE_NAMES = Object.keys(PROFILES).filter((name): name is ProfileName => Object.hasOwn(PROFILES, name));

/** `nowMs` seeds a run that is given no seed. Throws `UsageError`. */
export function readOptions(args: readonly string[], nowMs: number): RunOptions {
  const { values } = parseCommandLine(RUN, args);
  const only = values.only === undefined ? null : oneOf('--only', ONLY_NAMES, values.only);
  const named = values.profile === undefined ? undefined : oneOf('--profile', PROFILE_NAMES, values.profile);
  const profile = chooseProfile(named, only);
  if (only === 'peers' && named !== undefined) {
    throw new UsageError(`--only peers: expected no --profile, as it has its own, got ${named}`);
  }
  const defaults = defaultArms(named, only);
  const subjects = readSubjects(values, defaults, only === 'peers');
  const arms = subjects.flatMap((subject) => (subject.kind === 'arm' ? subject.arm : []));
  if (only === 'cold-start') checkColdStart(subjects);
  const client = values.client === undefined ? undefined : oneOf('--client', CLIENT_NAMES, values.client);
  return {
    profile,
    subjects: only === 'cold-start' ? [] : subjects,
    coldStartArms: profile.coldStarts === 0 ? [] : coldStartArms(values, arms),
    latencyClient: client ?? 'fetch',
    throughputClient: client ?? 'undici',
    verbose: values.verbose === true,
    seed: values.seed === undefined ? Math.floor(nowMs) % MAX_SEED : readSeed(values.seed),
    build: readBuildOptions(values),
    scripts: readScripts(values.scripts ?? [], subjects),
  };
}

interface SubjectArgs {
  readonly arms?: string | undefined;
  readonly target?: readonly string[] | undefined;
}

/** The arms and targets that are named: the default arms where neither is, or `always` where no arms are. */
function readSubjects({ arms, target = [] }: SubjectArgs, defaults: readonly ArmName[], always: boolean): Subject[] {
  const names = arms?.split(',') ?? (target.length > 0 && !always ? [] : defaults);
  const subjects = [...names.map((name, i) => readArm(name, names.slice(0, i))), ...target.map(readTarget)];
  const twice = subjects.find(({ name }, i) => subjects.findIndex((other) => other.name === name) !== i);
  if (twice === undefined) return subjects;
  throw new UsageError(`--target: expected each name once, got ${twice.name} twice`);
}

/** An arm that is named again is measured against itself: the second is called `NAME#2`. */
function readArm(text: string, before: readonly string[]): Subject {
  const arm = oneOf('--arms', ARM_NAMES, text, 'a list of ');
  const count = before.filter((name) => name === text).length;
  return { kind: 'arm', name: count === 0 ? arm : `${arm}#${count + 1}`, arm };
}

/** Those of the arms that are named, if the empty one is among them; none beside targets alone. */
function coldStartArms({ arms: list, target }: SubjectArgs, arms: readonly ArmName[]): WorkerdArmName[] {
  if (list === undefined) return target === undefined ? [...COLD_START_ARMS] : [];
  return arms.includes('null') ? [...new Set(arms)].filter(isOneProcess) : [];
}

/** A start can be timed of what is started here, in one process. */
function checkColdStart(subjects: readonly Subject[]): void {
  const other = subjects.find((subject) => subject.kind !== 'arm' || !isOneProcess(subject.arm));
  if (other !== undefined) {
    throw new UsageError(`--only cold-start: expected arms of one workerd process, got ${other.name}`);
  }
  if (subjects.some(({ name }) => name === 'null')) return;
  throw new UsageError('--only cold-start: expected the arm null among --arms, to subtract its start, got none');
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
  return { kind: 'target', name, arm: null, url: new URL(url) };
}

/** `NAME=script,script` for each target whose analytics are asked for. */
function readScripts(texts: readonly string[], subjects: readonly Subject[]): Map<string, string[]> {
  const targets = subjects.flatMap(({ kind, name }) => (kind === 'target' ? name : []));
  return new Map(
    texts.map((text) => {
      const [, name = '', list = ''] = /^([^=]+)=(.+)$/.exec(text) ?? [];
      if (targets.includes(name)) return [name, list.split(',')];
      throw new UsageError(`--scripts: expected TARGET=NAME,... of a --target, got ${JSON.stringify(text)}`);
    }),
  );
}

function oneOf<T extends string>(option: string, names: readonly T[], text: string, what = 'one of '): T {
  const found = names.find((name) => name === text);
  if (found !== undefined) return found;
  throw new UsageError(`${option}: expected ${what}${names.join(', ')}, got ${JSON.stringify(text)}`);
}

function readSeed(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed < MAX_SEED) return seed;
  throw new UsageError(`--seed: expected a whole number below ${MAX_SEED}, got ${JSON.stringify(text)}`);
}
