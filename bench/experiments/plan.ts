/** What a run is to measure and how much of it: profiles, the part of one that an experiment takes, seeds, orders. */
import { createHash } from 'node:crypto';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { BuildOptions } from '../../models/build/options.ts';
import { shuffle } from '../../models/build/shuffle.ts';
import { ARM_NAMES, type ArmName, FAULTY_ARMS, type FaultyArmName, type WorkerdArmName } from '../arms/arms.ts';
import type { Cores } from '../arms/processes.ts';
import type { ClientName } from '../load/client.ts';
import { PEER_NAMES } from '../peers/peers.ts';

/** An arm, started anew for each start, or a deployment that runs somewhere. An arm against itself has a number. */
export type Subject =
  | { readonly kind: 'arm'; readonly name: string; readonly arm: ArmName }
  | { readonly kind: 'target'; readonly name: string; readonly arm: null; readonly url: URL };

export interface RunPlan {
  readonly profile: Profile;
  readonly subjects: readonly Subject[];
  /** Arms whose cold starts are measured. */
  readonly coldStartArms: readonly WorkerdArmName[];
  /** Arms whose predictor is made to fail. */
  readonly faultyArms: readonly FaultyArmName[];
  /** Client of single-stream windows, and of all others. */
  readonly latencyClient: ClientName;
  readonly throughputClient: ClientName;
  readonly seed: number;
  readonly build: BuildOptions;
  /** Null leaves the generator and the servers where the system puts them. */
  readonly cores: Cores | null;
}

/** What the start of a subject takes, one cold start, and one profile of a Worker's start-up, in milliseconds. */
export const [STARTING_MS, COLD_START_MS, STARTUP_MS] = [300, 500, 4000];

/** A seed below 2^31 that follows from the run's own and the place in it: start, round, experiment. */
export function seedOf(seed: number, ...place: readonly (string | number)[]): number {
  const text = [seed, ...place].join('/');
  return createHash('sha256').update(text).digest().readUInt32LE() >>> 1;
}

/** Items in the order of a round: shuffled by the seed, turned on by one each round, so each comes first as often. */
export function balancedOrder<T>(items: readonly T[], seed: number, round: number): T[] {
  const shuffled = shuffle(items, xoroshiro128plus(seed));
  const first = round % items.length;
  return [...shuffled.slice(first), ...shuffled.slice(0, first)];
}

/** About three quarters of an hour with eight arms. */
const STANDARD = {
  name: 'standard',
  /** Server starts: the unit of replication. */
  starts: 10,
  /** Single-stream windows of each subject in a start. */
  rounds: 8,
  /** Length of a pass of the warm-up through all that is measured, and passes after which a subject counts as unstable. */
  warmUpMs: 500,
  warmUpPasses: 10,
  /** Length of a window of a closed loop, and of an open one. */
  windowMs: 400,
  openWindowMs: 1000,
  /** Connections of the sweep: a window of each in a start. */
  connections: [1, 2, 4, 8, 16, 32, 64],
  /** Loads of the open loop as shares of the slowest compared arm's capacity. */
  loadShares: [0.1, 0.5, 0.8],
  /** Whether workloads of every weight are measured. */
  payloads: true,
  /** Starts in which the highest rate is searched, and in which a cheap route is measured beside a heavy one. */
  maxRateStarts: 3,
  mixedStarts: 5,
  /** Cold starts of each arm. */
  coldStarts: 30,
  /** Profiles of each Worker's start-up; 0 for no figures of bundles and isolates. */
  footprintStarts: 3,
  /** Starts of each arm with each fault. */
  faultStarts: 0,
  /** How often one is measured again at the most that was not well before its fault: chosen by nothing that comes later. */
  faultRepeats: 2,
  /** Time to start, to be well, to fail, for a killed process to be gone, and to recover. */
  faultMs: { start: 1000, before: 1000, fault: 3000, kill: 10_000, after: 3000 },
};
/** The grid of capacities, which is measured alone. */
export interface Grid {
  readonly starts: number;
  /** Shares of one core that all processes of an arrangement have together, and of the requests that go to cheap routes. */
  readonly cpus: readonly number[];
  readonly cheapShares: readonly number[];
  /** Most processes of an arrangement, each of which brings a quarter of a core. */
  readonly processes: number;
  /** What a request of each takes; by rising time of the model. */
  readonly workloads: readonly string[];
}

export type Profile = Readonly<typeof STANDARD> & { readonly grid?: Grid };

/** Hours: every arm, and windows of two seconds. */
const LONG = { warmUpMs: 1000, windowMs: 2000, openWindowMs: 2000, maxRateStarts: 10, mixedStarts: 10 };
const FULL: Profile = { ...STANDARD, name: 'full', ...LONG, faultStarts: 5 };

/** No experiment at all. */
const NO_WINDOWS = { rounds: 0, connections: [], loadShares: [], payloads: false, maxRateStarts: 0, mixedStarts: 0 };
const NOTHING = { ...NO_WINDOWS, coldStarts: 0, footprintStarts: 0, faultStarts: 0 };

/** Just over a minute with four arms: enough to see a difference of some ten percent. */
const SHORT = { warmUpMs: 160, warmUpPasses: 8, windowMs: 300, openWindowMs: 0 };
const QUICK: Profile = { ...STANDARD, ...NOTHING, ...SHORT, name: 'quick', starts: 5, rounds: 3, connections: [8] };

/** The comparison with services of another make: about a quarter of an hour where all are installed. */
const PEERS: Profile = { ...QUICK, name: 'peers', rounds: 4, warmUpMs: 600, warmUpPasses: 10, windowMs: 1000 };

/** An hour and a few minutes with four arms. */
export const GRID: Grid = {
  starts: 4,
  cpus: [0.125, 0.25, 0.5, 0.75, 1],
  cheapShares: [0, 0.5, 0.9],
  processes: 4,
  workloads: [
    ...['auto-mpg', 'penguins', 'digits-binary', 'auto-mpg-x1024-binary'],
    ...['digits-x16-binary', 'digits-x64-binary', 'digits-x256-binary'],
  ],
};

const GRID_PART = { starts: 0, warmUpMs: 400, warmUpPasses: 5, windowMs: 400, openWindowMs: 1000, grid: GRID };

export const PROFILE_NAMES = ['quick', 'standard', 'full'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];
export const PROFILES: Readonly<Record<ProfileName, Profile>> = { quick: QUICK, standard: STANDARD, full: FULL };

/** The experiments that can be asked for alone: what each measures of a profile, or of standard where that has none of it. */
const ONLY = {
  latency: ({ rounds, loadShares, payloads }) => ({ rounds, loadShares, payloads }),
  scalability: ({ connections, loadShares, maxRateStarts, mixedStarts }) => {
    return { connections, loadShares, maxRateStarts, mixedStarts };
  },
  resources: ({ footprintStarts: own }) => ({ connections: [8], footprintStarts: own || STANDARD.footprintStarts }),
  'cold-start': ({ coldStarts }) => ({ starts: 0, coldStarts: coldStarts || STANDARD.coldStarts }),
  resilience: ({ faultStarts }) => ({ starts: 0, faultStarts: faultStarts || FULL.faultStarts }),
  peers: () => PEERS,
  'scalability-grid': () => GRID_PART,
} satisfies Record<string, (profile: Profile) => Partial<Profile>>;

export type OnlyName = keyof typeof ONLY;
export const ONLY_NAMES = Object.keys(ONLY).filter((name): name is OnlyName => Object.hasOwn(ONLY, name));

/** The profile of that name, or its part that one experiment takes: `standard`'s where none is named. */
export function chooseProfile(name: ProfileName | undefined, only: OnlyName | null): Profile {
  if (only === null) return PROFILES[name ?? 'quick'];
  const whole = PROFILES[name ?? 'standard'];
  const part: Partial<Profile> = ONLY[only](whole);
  return { ...whole, ...NOTHING, ...part, name: only };
}

const QUICK_ARMS: readonly ArmName[] = ['null', 'floor', 'combined', 'pair-rpc'];
const STANDARD_ARMS: readonly ArmName[] = [...QUICK_ARMS, 'bare', 'floor-pair', 'pair-fetch', 'pair-http'];

/** The arms of a cold start: each is one process, the empty Worker among them to be subtracted. */
export const COLD_START_ARMS: readonly WorkerdArmName[] = ['null', 'combined', 'combined-stock', 'pair-rpc'];

/** The arms that can be given a budget and be replicated, and the same gateway before a native runtime. */
export const GRID_ARMS: readonly WorkerdArmName[] = ['combined', 'pair-rpc', 'pair-http', 'pair-native'];

/** The arms that are measured when none are named. */
export function defaultArms(name: ProfileName | undefined, only: OnlyName | null): readonly ArmName[] {
  if (only === 'peers') return ['bare', 'floor-pair', 'combined', 'pair-rpc', ...PEER_NAMES];
  if (only === 'cold-start') return COLD_START_ARMS;
  if (only === 'resilience') return FAULTY_ARMS;
  if (only === 'scalability-grid') return GRID_ARMS;
  if (name === 'full') return ARM_NAMES;
  return name === 'standard' || only !== null ? STANDARD_ARMS : QUICK_ARMS;
}
