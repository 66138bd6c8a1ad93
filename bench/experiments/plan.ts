/** What a run is to measure, and the seeds that make its windows the same for every subject. */
import { createHash } from 'node:crypto';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { BuildOptions } from '../../models/build/options.ts';
import { shuffle } from '../../models/build/shuffle.ts';
import type { ArmName, WorkerdArmName } from '../arms/arms.ts';
import type { Cores } from '../arms/processes.ts';
import type { ClientName } from '../load/client.ts';
import type { Profile } from './profile.ts';

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
