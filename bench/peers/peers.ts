/**
 * Services that run on another runtime than workerd: ours on Deno and Bun, the same http app on Node, the article's Flask
 * services, and the same with FastAPI. Each is one program or two, the second of which the first calls over HTTP.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../models/build/workers.ts';

export const FOLDER = join(ROOT, 'bench/peers');

/** Debian's python3: another one may come first on the PATH, without Debian's packages. */
export const PYTHON = '/usr/bin/python3';

const SCIKIT = ['sklearn', 'joblib'];
const FLASK = [...SCIKIT, 'flask', 'requests'];

/** Modules that the services in Python import, by what runs them; Flask's development server is the article's. */
const MODULES = {
  flask: FLASK,
  gunicorn: [...FLASK, 'gunicorn'],
  uvicorn: [...SCIKIT, 'fastapi', 'httpx', 'uvicorn', 'uvloop', 'httptools'],
};

/** What `npm ci` in this folder installs for the others: a package, and the file that is run or, for Node, tells of it. */
const INSTALLED = {
  node: { name: 'onnxruntime-node', file: 'node_modules/onnxruntime-node/package.json' },
  deno: { name: 'deno', file: 'node_modules/@deno/*/deno' },
  bun: { name: 'bun', file: 'node_modules/@oven/*/bin/bun' },
};

export interface PeerPlan {
  /** What must be installed and runs the programs. */
  readonly needs: keyof typeof MODULES | keyof typeof INSTALLED;
  /** Files by role: of this folder, or of dist/deno. The first one is what clients ask; it calls the one after it. */
  readonly programs: Readonly<Record<string, string>>;
}

const FLASK_PAIR = { gateway: 'flask_service', predictor: 'flask_service' };

export const PEERS = {
  'flask-monolith': { needs: 'flask', programs: { monolith: 'flask_service' } },
  'flask-pair': { needs: 'flask', programs: FLASK_PAIR },
  'flask-monolith-gunicorn': { needs: 'gunicorn', programs: { monolith: 'flask_service' } },
  'flask-pair-gunicorn': { needs: 'gunicorn', programs: FLASK_PAIR },
  'fastapi-monolith': { needs: 'uvicorn', programs: { monolith: 'fastapi_service' } },
  'fastapi-pair': { needs: 'uvicorn', programs: { gateway: 'fastapi_service', predictor: 'fastapi_service' } },
  node: { needs: 'node', programs: { node: 'node_server' } },
  deno: { needs: 'deno', programs: { combined: 'combined' } },
  'deno-pair': { needs: 'deno', programs: { gateway: 'gateway', predictor: 'combined' } },
  bun: { needs: 'bun', programs: { combined: 'combined' } },
} as const satisfies Record<string, PeerPlan>;

export type PeerName = keyof typeof PEERS;

export function isPeer(name: string): name is PeerName {
  return Object.hasOwn(PEERS, name);
}

/** Names of all peers, in the order in which reports list them. */
export const PEER_NAMES: readonly PeerName[] = Object.keys(PEERS).filter(isPeer);

/** What installs all that peers in Python need, from Debian's packages. */
export const APT_INSTALL = `apt-get install ${[...new Set(Object.values(MODULES).flat())].map(debianName).join(' ')}`;
const NPM_INSTALL = 'npm ci --ignore-scripts --prefix bench/peers';

function debianName(module: string): string {
  return module === 'gunicorn' ? module : `python3-${module}`;
}

/** The file that tells whether a runtime is installed; undefined where it is not. */
export function findInstalled(needs: keyof typeof INSTALLED, folder = FOLDER): string | undefined {
  const [found] = globSync(INSTALLED[needs].file, { cwd: folder });
  return found === undefined ? undefined : join(folder, found);
}

/** Versions of the packages that run those peers, as far as npm has installed them. */
export function peerVersions(names: readonly PeerName[]): Record<string, string> {
  const packages = names.flatMap((name) => {
    const { needs }: PeerPlan = PEERS[name];
    return isPython(needs) ? [] : INSTALLED[needs].name;
  });
  const files = packages.map((name) => [name, join(FOLDER, 'node_modules', name, 'package.json')] as const);
  const there = files.filter(([, file]) => existsSync(file));
  return Object.fromEntries(there.map(([name, file]) => [name, JSON.parse(readFileSync(file, 'utf8')).version]));
}

/** Whether it runs scikit-learn, in Python. */
export function isPython(needs: PeerPlan['needs']): needs is keyof typeof MODULES {
  return Object.hasOwn(MODULES, needs);
}

/** Why a peer, or the arm that is built on it, cannot be started here and what would change that; null when it can. */
export function whyUnavailable(
  peer: PeerName,
  name: string = peer,
  { python, folder } = { python: PYTHON, folder: FOLDER },
): string | null {
  const { needs }: PeerPlan = PEERS[peer];
  if (!isPython(needs)) {
    const reason = `${name} is left out, as ${INSTALLED[needs].name} is not installed: ${NPM_INSTALL}`;
    return findInstalled(needs, folder) === undefined ? reason : null;
  }
  const modules = MODULES[needs].join(', ');
  const { status } = spawnSync(python, ['-c', `import ${modules}`], { stdio: 'ignore' });
  return status === 0 ? null : `${name} is left out, as ${python} has not all of ${modules}: ${APT_INSTALL}`;
}
