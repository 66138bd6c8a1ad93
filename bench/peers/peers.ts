/**
 * Services of another make that the comparison is held against: the article's Flask services, and the same http app on
 * Node. Each is one program or two, the second of which the first calls over HTTP.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../models/build/workers.ts';

export const FOLDER = join(ROOT, 'bench/peers');

/** Debian's python3: another one may come first on the PATH, without Debian's packages. */
export const PYTHON = '/usr/bin/python3';

export interface PeerPlan {
  /** What must be installed and runs the programs; Flask's development server is the article's. */
  readonly needs: 'flask' | 'gunicorn' | 'node';
  /** Files of this folder by role. The first one is what clients ask; it calls the one after it. */
  readonly programs: Readonly<Record<string, string>>;
}

const [ONE, PAIR] = [{ monolith: 'flask_monolith' }, { gateway: 'flask_gateway', predictor: 'flask_monolith' }];

export const PEERS = {
  'flask-monolith': { needs: 'flask', programs: ONE },
  'flask-pair': { needs: 'flask', programs: PAIR },
  'flask-monolith-gunicorn': { needs: 'gunicorn', programs: ONE },
  'flask-pair-gunicorn': { needs: 'gunicorn', programs: PAIR },
  node: { needs: 'node', programs: { node: 'node/server' } },
} as const satisfies Record<string, PeerPlan>;

export type PeerName = keyof typeof PEERS;

export function isPeer(name: string): name is PeerName {
  return Object.hasOwn(PEERS, name);
}

/** Names of all peers, in the order in which reports list them. */
export const PEER_NAMES: readonly PeerName[] = Object.keys(PEERS).filter(isPeer);

const MODULES = ['flask', 'sklearn', 'joblib', 'requests'];
const APT_INSTALL = 'apt-get install python3-flask python3-sklearn python3-joblib python3-requests gunicorn';
const NODE_INSTALL = 'npm ci --ignore-scripts --prefix bench/peers/node';

/** Why a peer cannot be started here and what would change that; null when it can. */
export function whyUnavailable(name: PeerName, { python, folder } = { python: PYTHON, folder: FOLDER }): string | null {
  const { needs }: PeerPlan = PEERS[name];
  if (needs === 'node') {
    const installed = existsSync(join(folder, 'node/node_modules/onnxruntime-node'));
    return installed ? null : `${name} is left out, as onnxruntime-node is not installed: ${NODE_INSTALL}`;
  }
  const modules = [...MODULES, ...(needs === 'gunicorn' ? ['gunicorn'] : [])].join(', ');
  const { status } = spawnSync(python, ['-c', `import ${modules}`], { stdio: 'ignore' });
  return status === 0 ? null : `${name} is left out, as ${python} has not all of ${modules}: ${APT_INSTALL}`;
}
