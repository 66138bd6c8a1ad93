/** What a run is to measure and how much of it: profiles, the part of one that a single experiment takes, and the seeds that make windows the same for every subject. */
import { createHash } from 'node:crypto';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { BuildOptions } from '../../models/build/options.ts';
import { shuffle } from '../../models/build/shuffle.ts';
import type { ArmName, WorkerdArmName } from '../arms/arms.ts';
import type { Cores } from '../arms/processes.ts';
import type { ClientName } from '../load/client.ts';

/**
 * A local arm, started anew for each start, or a deployment that already runs somewhere. An arm against itself has its own name twice, the second time with a number. A target has
 * no arm.
 */
export type Subject =
  | { readonly kind: 'arm'; readonly name: string; readonly arm: ArmName }
  | { readonly kind: 'target'; readonly name: string; readonly arm: null; readonly url: URL };

export interface RunPlan {
  readonly profile: Profile;
  readonly subjects: readonly Subject[];
  /** Arms whose cold starts are measured. */
  readonly coldStartArms: readonly WorkerdArmName[];
  /** Client of single-stream windows, and of all others. */
  readonly latencyClient: ClientName;
  readonly throughputClient: ClientName;
  readonly seed: number;
  /** Options of the build that arms are started from. */
  readonly build: BuildOptions;
  /** Cores to pin the generator and the servers to; null leaves them where the system puts them. */
  readonly cores: Cores | null;
}

/** A seed below 2^31 that follows from the run's own and the place in it: start, round, experiment. */
export function seedOf(seed: number, ...place: readonly (string | number)[]): number {
  const digest = createHash('sha256').update([seed, ...place].join('/'));
  return digest.digest().readUInt32LE() >>> 1;
}

/**
 * The order of `items` in a round: shuffled once a start and turned on by one each round, so that over as many rounds as
 * there are items each comes first, second and so on equally often.
 */
export function balancedOrder<T>(items: readonly T[], seed: number, round: number): T[] {
  const shuffled = shuffle(items, xoroshiro128plus(seed));
  return shuffled.map((_, i) => shuffled[(i + round) % shuffled.length]).flatMap((item) => item ?? []);
}

export interface Profile {
  readonly name: string;
  /** Server starts: the unit of replication. */
  readonly starts: number;
  /** Single-stream windows of each subject in a start. */
  readonly rounds: number;
  /** Length of a pass of the warm-up through all that is measured, and passes after which a subject counts as unstable. */
  readonly warmUpMs: number;
  readonly warmUpPasses: number;
  /** Length of a window of a closed loop, and of an open one. */
  readonly windowMs: number;
  readonly openWindowMs: number;
  /** Connections of the sweep: a window of each in a start. */
  readonly connections: readonly number[];
  /** Loads of the open loop as shares of the slowest compared arm's capacity. */
  readonly loadShares: readonly number[];
  /** Whether workloads of every weight are measured. */
  readonly payloads: boolean;
  /** In how many of the starts the highest rate within the objective is searched. */
  readonly maxRateStarts: number;
  /** In how many of the starts a cheap route is measured beside a heavy one. */
  readonly mixedStarts: number;
  /** Cold starts of each arm; 0 for none. */
  readonly coldStarts: number;
  /** Profiles of each Worker's start-up; 0 for no figures of bundles and isolates. */
  readonly footprintStarts: number;
}

const SWEEP = [1, 2, 4, 8, 16, 32, 64];

/** No experiment at all. */
const NOTHING = {
  rounds: 0,
  connections: [],
  loadShares: [],
  payloads: false,
  maxRateStarts: 0,
  mixedStarts: 0,
  coldStarts: 0,
  footprintStarts: 0,
} as const;

/** Just over a minute with four arms: enough to see a difference of some ten percent. */
const QUICK: Profile = {
  ...NOTHING,
  name: 'quick',
  starts: 5,
  rounds: 3,
  warmUpMs: 160,
  warmUpPasses: 8,
  windowMs: 300,
  openWindowMs: 0,
  connections: [8],
};

/** About half an hour with six arms. */
const STANDARD: Profile = {
  name: 'standard',
  starts: 10,
  rounds: 8,
  warmUpMs: 500,
  warmUpPasses: 10,
  windowMs: 400,
  openWindowMs: 1000,
  connections: SWEEP,
  loadShares: [0.1, 0.5, 0.8],
  payloads: true,
  maxRateStarts: 3,
  mixedStarts: 5,
  coldStarts: 30,
  footprintStarts: 3,
};

/** Hours: every arm, and windows of two seconds. */
const FULL: Profile = {
  ...STANDARD,
  name: 'full',
  warmUpMs: 1000,
  windowMs: 2000,
  openWindowMs: 2000,
  maxRateStarts: 10,
  mixedStarts: 10,
};

/** The comparison with services of another make. */
const PEERS: Profile = { ...QUICK, name: 'peers', rounds: 4, warmUpMs: 600, warmUpPasses: 10, windowMs: 1000 };

export const PROFILES = { quick: QUICK, standard: STANDARD, full: FULL } as const;
export type ProfileName = keyof typeof PROFILES;

/** What is left of a profile when one experiment alone is asked for: that of standard where the profile has none of it. */
const ONLY = {
  latency: (profile: Profile) => ({
    ...profile,
    ...NOTHING,
    rounds: profile.rounds,
    loadShares: profile.loadShares,
    payloads: profile.payloads,
  }),
  scalability: (profile: Profile) => ({
    ...profile,
    ...NOTHING,
    connections: profile.connections,
    loadShares: profile.loadShares,
    maxRateStarts: profile.maxRateStarts,
    mixedStarts: profile.mixedStarts,
  }),
  resources: (profile: Profile) => ({
    ...profile,
    ...NOTHING,
    connections: [8],
    footprintStarts: profile.footprintStarts || STANDARD.footprintStarts,
  }),
  'cold-start': (profile: Profile) => ({
    ...profile,
    ...NOTHING,
    starts: 0,
    coldStarts: profile.coldStarts || STANDARD.coldStarts,
  }),
  peers: () => PEERS,
} as const;
export type OnlyName = keyof typeof ONLY;

/** Names of the experiments that can be asked for alone. */
export const ONLY_NAMES = ['latency', 'scalability', 'resources', 'cold-start', 'peers'] as const satisfies OnlyName[];

/** The profile of that name, or its part that one experiment takes: `standard`'s where none is named. */
export function chooseProfile(name: ProfileName | undefined, only: OnlyName | null): Profile {
  if (only === null) return PROFILES[name ?? 'quick'];
  const part: Profile = ONLY[only](PROFILES[name ?? 'standard']);
  return { ...part, name: only };
}

const QUICK_ARMS: readonly ArmName[] = ['null', 'floor', 'combined', 'pair-rpc'];
const STANDARD_ARMS: readonly ArmName[] = [...QUICK_ARMS, 'pair-fetch', 'pair-http'];
const PEER_ARMS: readonly ArmName[] = [
  'combined',
  'pair-rpc',
  'flask-monolith',
  'flask-pair',
  'flask-monolith-gunicorn',
  'flask-pair-gunicorn',
  'node',
];

/** The arms of a cold start: each is one process, the empty Worker among them to be subtracted. */
export const COLD_START_ARMS: readonly WorkerdArmName[] = ['null', 'combined', 'combined-stock', 'pair-rpc'];

/** The arms that are measured when none are named. */
export function defaultArms(name: ProfileName | undefined, only: OnlyName | null): readonly ArmName[] {
  if (only === 'peers') return PEER_ARMS;
  if (only === 'cold-start') return COLD_START_ARMS;
  if (name === 'full') return [...STANDARD_ARMS, 'combined-stock', ...PEER_ARMS.slice(2)];
  return name === 'standard' || only !== null ? STANDARD_ARMS : QUICK_ARMS;
}
