/** Builds what arms are started from, each build in a process of its own: what it took is given back before anything is measured. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { BuildOptions } from '../../models/build/options.ts';
import { ROOT } from '../../models/build/workers.ts';
import { type ArmName, buildOf, isWorkerdArm } from './arms.ts';

/** Brings the builds that `arms` are started from up to date. Rejects when one fails; it has said why on standard error. */
export async function buildArms(arms: readonly ArmName[], options: BuildOptions): Promise<void> {
  const builds = arms.filter(isWorkerdArm).map((arm) => argumentsOf(buildOf(arm, options)).join(' '));
  for (const build of new Set(builds)) await runBuild(build === '' ? [] : build.split(' '));
}

/** Names of runtimes and models have no spaces. */
function argumentsOf({ runtime, models }: BuildOptions): string[] {
  return [runtime === undefined ? [] : `--runtime=${runtime}`, models ? `--models=${models}` : []].flat();
}

async function runBuild(args: readonly string[]): Promise<void> {
  const program = join(ROOT, 'models/build/build.ts');
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  const kill = () => child.kill();
  process.once('exit', kill);
  try {
    const [code, signal] = await once(child, 'exit');
    if (code !== 0) throw new Error(`expected the build to succeed, but it ended with ${signal ?? code}`);
  } finally {
    process.off('exit', kill);
  }
}
