/** Builds what arms are started from. */
import { build } from '../../models/build/build.ts';
import type { BuildOptions } from '../../models/build/options.ts';
import { type ArmName, buildOf, isWorkerdArm } from './arms.ts';

/** Brings the builds that `arms` are started from up to date. */
export async function buildArms(arms: readonly ArmName[], options: BuildOptions): Promise<void> {
  for (const arm of arms.filter(isWorkerdArm)) await build(buildOf(arm, options));
}
