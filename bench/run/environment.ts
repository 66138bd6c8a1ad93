/** Where and how a run was made: what a reader needs to judge or repeat it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../models/build/workers.ts';
import type { Cores } from '../arms/processes.ts';
import type { Profile } from '../experiments/profile.ts';

interface RunFacts {
  readonly command: string;
  readonly seed: number;
  /** How much is measured. */
  readonly profile: Profile;
  /** What is to be measured, in the order that it was asked for. */
  readonly subjects: readonly { readonly name: string; readonly kind: 'arm' | 'target' }[];
  /** Cores of client and servers, or null when they are not pinned. */
  readonly pinned: Cores | null;
}

export type Environment = Readonly<ReturnType<typeof describeEnvironment>>;

const PACKAGES = ['workerd', 'wrangler', 'miniflare', 'hono', 'onnxruntime-web', 'undici'];

export function describeEnvironment(facts: RunFacts) {
  return {
    date: new Date().toISOString(),
    ...facts,
    commit: commit(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    node: process.version,
    packages: Object.fromEntries(PACKAGES.map((name) => [name, installedVersion(name)])),
  };
}

/** The commit, with `-dirty` when files differ from it; null outside a git checkout. */
function commit(): string | null {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=12', '--exclude=*'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return null;
  }
}

function installedVersion(name: string): string {
  return String(JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')).version);
}
