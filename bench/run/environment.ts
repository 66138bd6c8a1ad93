/** Where and how a run was made: what a reader needs to judge or repeat it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../models/build/workers.ts';
import type { Profile } from '../experiments/profile.ts';

/** `P` is how much was measured. */
export interface Environment<P = Profile> {
  readonly date: string;
  readonly command: string;
  readonly commit: string | null;
  readonly seed: number;
  readonly profile: P;
  /** What was to be measured, in the order that it was asked for. */
  readonly subjects: readonly { readonly name: string; readonly kind: 'arm' | 'target' }[];
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly packages: Readonly<Record<string, string>>;
  /** Cores of client and servers, or null when they were not pinned. */
  readonly pinned: { readonly client: string; readonly servers: string } | null;
}

const PACKAGES = ['workerd', 'wrangler', 'miniflare', 'hono', 'onnxruntime-web', 'undici'];
const BYTES_PER_GIB = 2 ** 30;

export type RunFacts<P> = Pick<Environment<P>, 'command' | 'seed' | 'profile' | 'subjects' | 'pinned'>;

export function describeEnvironment<P>(facts: RunFacts<P>): Environment<P> {
  return {
    date: new Date().toISOString(),
    ...facts,
    commit: commit(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / BYTES_PER_GIB),
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
