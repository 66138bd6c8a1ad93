/**
 * Services of another make that the comparison is held against: the article's Flask services, and the same http app on
 * Node. Each is one program or two, the second of which the first calls over HTTP.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../models/build/workers.ts';

const FOLDER = join(ROOT, 'bench/peers');

/** Debian's python3: another one may come first on the PATH, without Debian's packages. */
export const PYTHON = '/usr/bin/python3';

/** One program. PORT, PREDICTOR_URL and MODEL are in its environment. */
interface PeerProgram {
  readonly role: string;
  readonly command: (port: number) => readonly [string, ...string[]];
}

export interface PeerPlan {
  /** What must be installed. */
  readonly needs: 'flask' | 'gunicorn' | 'node';
  /** The program that clients ask first; it calls the one after it. */
  readonly programs: readonly [PeerProgram, ...PeerProgram[]];
}

/** Flask's development server, as in the article. */
function flask(role: string, module: string): PeerProgram {
  return { role, command: () => [PYTHON, join(FOLDER, `${module}.py`)] };
}

/** gunicorn with threads, which keeps connections open. */
function gunicorn(role: string, module: string): PeerProgram {
  const options = ['--worker-class', 'gthread', '--workers', '1', '--threads', '8', '--keep-alive', '75'];
  return {
    role,
    command: (port) => {
      const where = ['--chdir', FOLDER, '--bind', `127.0.0.1:${port}`, '--log-level', 'error'];
      return [PYTHON, '-m', 'gunicorn', ...options, ...where, `${module}:app`];
    },
  };
}

export const PEERS = {
  'flask-monolith': { needs: 'flask', programs: [flask('monolith', 'flask_monolith')] },
  'flask-pair': { needs: 'flask', programs: [flask('gateway', 'flask_gateway'), flask('predictor', 'flask_monolith')] },
  'flask-monolith-gunicorn': { needs: 'gunicorn', programs: [gunicorn('monolith', 'flask_monolith')] },
  'flask-pair-gunicorn': {
    needs: 'gunicorn',
    programs: [gunicorn('gateway', 'flask_gateway'), gunicorn('predictor', 'flask_monolith')],
  },
  node: {
    needs: 'node',
    programs: [{ role: 'node', command: () => [process.execPath, join(FOLDER, 'node/server.ts')] }],
  },
} as const satisfies Record<string, PeerPlan>;

export type PeerName = keyof typeof PEERS;

export function isPeer(name: string): name is PeerName {
  return Object.hasOwn(PEERS, name);
}

/** Names of all peers, in the order in which reports list them. */
export const PEER_NAMES: readonly PeerName[] = Object.keys(PEERS).filter(isPeer);

const MODULES = ['flask', 'sklearn', 'joblib', 'requests'];
const PACKAGES = 'python3-flask python3-sklearn python3-joblib python3-requests gunicorn';
const NODE_INSTALL = 'npm ci --ignore-scripts --prefix bench/peers/node';

/** Why a peer cannot be started here and what would change that; null when it can. */
export function whyUnavailable(name: PeerName, { python, folder } = { python: PYTHON, folder: FOLDER }): string | null {
  const { needs }: PeerPlan = PEERS[name];
  if (needs === 'node') {
    const installed = existsSync(join(folder, 'node/node_modules/onnxruntime-node'));
    return installed ? null : `${name} is left out, as onnxruntime-node is not installed: ${NODE_INSTALL}`;
  }
  const modules = needs === 'gunicorn' ? [...MODULES, 'gunicorn'] : MODULES;
  const { status } = spawnSync(python, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' });
  return status === 0
    ? null
    : `${name} is left out, as ${python} has not all of ${modules.join(', ')}: apt-get install ${PACKAGES}`;
}
