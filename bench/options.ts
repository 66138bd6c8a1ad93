/** The command line of a run, into a typed request or one clear error. */
import { oneOf, parseCommandLine, UsageError } from '../models/build/command-line.ts';
import { readBuildOptions } from '../models/build/options.ts';
import { ARM_NAMES, type ArmName, FAULTY_ARMS, isFaultyArm, isOneProcess } from './arms/arms.ts';
import * as plan from './experiments/plan.ts';
import { CLIENT_NAMES } from './load/client.ts';
import { RUN } from './manual.ts';

/** What is asked for; the cores are found out later. `scripts`: names of the deployed Workers behind each target. */
export interface RunOptions extends Omit<plan.RunPlan, 'cores'> {
  readonly scripts: ReadonlyMap<string, readonly string[]>;
  /** Whether the whole report is printed. */
  readonly verbose: boolean;
}

const MAX_SEED = 2 ** 31;

/** `nowMs` seeds a run that is given no seed. Throws `UsageError`. */
export function readOptions(args: readonly string[], nowMs: number): RunOptions {
  const { values } = parseCommandLine(RUN, args);
  const only = values.only === undefined ? null : oneOf('--only', plan.ONLY_NAMES, values.only);
  const named = values.profile === undefined ? undefined : oneOf('--profile', plan.PROFILE_NAMES, values.profile);
  const client = values.client === undefined ? undefined : oneOf('--client', CLIENT_NAMES, values.client);
  if ((only === 'peers' || only === 'scalability-grid') && named !== undefined) {
    throw new UsageError(`--only ${only}: expected no --profile, as it has its own, got ${named}`);
  }
  const profile = plan.chooseProfile(named, only);
  const targets = values.target?.map(readTarget) ?? [];
  // Targets are measured alone where no arms are named, but for peers.
  const usual = targets.length > 0 && only !== 'peers' ? [] : plan.defaultArms(named, only);
  const arms = values.arms?.split(',').map((name) => oneOf('--arms', ARM_NAMES, name, 'a list of ')) ?? usual;
  const subjects = [...arms.map(armSubject), ...targets];
  const twice = subjects.find(({ name }, i) => subjects.findIndex((other) => other.name === name) !== i);
  if (twice !== undefined) throw new UsageError(`--target: expected each name once, got ${twice.name} twice`);
  if (only !== null) checkAlone(only, subjects, values.models);
  const started = values.arms === undefined && targets.length === 0 ? plan.COLD_START_ARMS : arms;
  const isTimed = profile.coldStarts > 0 && started.includes('null');
  return {
    profile,
    subjects: only === 'cold-start' || only === 'resilience' ? [] : subjects,
    faultyArms: profile.faultStarts > 0 ? [...new Set(arms)].filter(isFaultyArm) : [],
    coldStartArms: isTimed ? [...new Set(started)].filter(isOneProcess) : [],
    latencyClient: client ?? 'fetch',
    throughputClient: client ?? 'undici',
    verbose: values.verbose === true,
    seed: values.seed === undefined ? Math.floor(nowMs) % MAX_SEED : readSeed(values.seed),
    build: readBuildOptions(values),
    scripts: new Map(values.scripts?.map((text) => readScripts(text, targets))),
  };
}

/** An arm that is named again is measured against itself: the second is called `NAME#2`. */
function armSubject(arm: ArmName, i: number, arms: readonly ArmName[]): plan.Subject {
  const count = arms.slice(0, i).filter((name) => name === arm).length;
  return { kind: 'arm', name: count === 0 ? arm : `${arm}#${count + 1}`, arm };
}

function readTarget(text: string): plan.Subject {
  const [, name, url = ''] = /^([^=]+)=(https?:\/\/[^/?#]+\/?)$/.exec(text) ?? [];
  if (name === undefined || !URL.canParse(url)) {
    const expected = 'NAME=URL with an http or https URL without a path';
    throw new UsageError(`--target: expected ${expected}, got ${JSON.stringify(text)}`);
  }
  if (ARM_NAMES.some((arm) => arm === name))
    throw new UsageError(`--target: expected a name that no arm has, got ${name}`);
  return { kind: 'target', name, arm: null, url: new URL(url) };
}

type SubjectRule = readonly [fits: (subject: plan.Subject) => boolean, expected: string];

/** Who can be in an experiment: a start is timed of one process, and faults and budgets are for what is started here. */
const SUBJECT_RULES: Readonly<Partial<Record<plan.OnlyName, SubjectRule>>> = {
  'cold-start': [({ arm }) => arm !== null && isOneProcess(arm), 'arms of one workerd process'],
  resilience: [({ arm }) => arm !== null && isFaultyArm(arm), `arms of ${FAULTY_ARMS.join(', ')}`],
  'scalability-grid': [
    ({ arm, name }) => arm === name && plan.GRID_ARMS.some((one) => one === arm),
    `arms among ${plan.GRID_ARMS.join(', ')}, each once`,
  ],
};

function checkAlone(only: plan.OnlyName, subjects: readonly plan.Subject[], models: string | undefined): void {
  const [fits, expected] = SUBJECT_RULES[only] ?? [() => true, ''];
  const other = subjects.find((subject) => !fits(subject));
  if (other !== undefined) throw new UsageError(`--only ${only}: expected ${expected}, got ${other.name}`);
  if (only === 'cold-start' && subjects.every(({ name }) => name !== 'null'))
    throw new UsageError('--only cold-start: expected the arm null among --arms, to subtract its start, got none');
  if (only === 'scalability-grid' && models !== undefined)
    throw new UsageError(`--only scalability-grid: expected all models, got ${models}`);
}

/** `NAME=script,script` for a target whose analytics are asked for. */
function readScripts(text: string, targets: readonly plan.Subject[]): [string, string[]] {
  const [, name = '', list = ''] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (targets.some((target) => target.name === name)) return [name, list.split(',')];
  throw new UsageError(`--scripts: expected TARGET=NAME,... of a --target, got ${JSON.stringify(text)}`);
}

function readSeed(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed < MAX_SEED) return seed;
  throw new UsageError(`--seed: expected a whole number below ${MAX_SEED}, got ${JSON.stringify(text)}`);
}
