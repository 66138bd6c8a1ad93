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

export interface PeerPlan {
  /** What must be installed and runs the programs; Flask's development server is the article's. */
  readonly needs: 'flask' | 'gunicorn' | 'uvicorn' | 'node' | 'deno' | 'bun';
  /** Files by role: of this folder, or of dist/deno. The first one is what clients ask; it calls the one after it. */
  readonly programs: Readonly<Record<string, string>>;
}

const [ONE, PAIR] = [{ monolith: 'flask_monolith' }, { gateway: 'flask_gateway', predictor: 'flask_monolith' }];
const FASTAPI_PAIR = { gateway: 'fastapi_gateway', predictor: 'fastapi_monolith' };

export const PEERS = {
  'flask-monolith': { needs: 'flask', programs: ONE },
  'flask-pair': { needs: 'flask', programs: PAIR },
  'flask-monolith-gunicorn': { needs: 'gunicorn', programs: ONE },
  'flask-pair-gunicorn': { needs: 'gunicorn', programs: PAIR },
  'fastapi-monolith': { needs: 'uvicorn', programs: { monolith: 'fastapi_monolith' } },
  'fastapi-pair': { needs: 'uvicorn', programs: FASTAPI_PAIR },
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

/** What `npm ci` in this folder installs for each runtime: its program, or for Node the package that it runs. */
const INSTALLED = {
  node: 'node_modules/onnxruntime-node/package.json',
  deno: 'node_modules/@deno/*/deno',
  bun: 'node_modules/@oven/*/bin/bun',
};
/** The package that brings it, or that is run. */
const PACKAGES: Readonly<Partial<Record<PeerPlan['needs'], string>>> = {
  node: 'onnxruntime-node',
  deno: 'deno',
  bun: 'bun',
};
/** Debian's packages of what runs the services in Python, by the name that Python imports. */
const DEBIAN = {
  sklearn: 'python3-sklearn',
  joblib: 'python3-joblib',
  flask: 'python3-flask',
  requests: 'python3-requests',
  gunicorn: 'gunicorn',
  fastapi: 'python3-fastapi',
  httpx: 'python3-httpx',
  uvicorn: 'python3-uvicorn',
  uvloop: 'python3-uvloop',
  httptools: 'python3-httptools',
};
const SCIKIT = ['sklearn', 'joblib'] as const;
const FLASK = [...SCIKIT, 'flask', 'requests'] as const;
const MODULES = {
  flask: FLASK,
  gunicorn: [...FLASK, 'gunicorn'],
  uvicorn: [...SCIKIT, 'fastapi', 'httpx', 'uvicorn', 'uvloop', 'httptools'],
} as const;

/** What installs all that peers need. */
export const APT_INSTALL = `apt-get install ${Object.values(DEBIAN).join(' ')}`;
const NPM_INSTALL = 'npm ci --ignore-scripts --prefix bench/peers';

/** The file that tells whether a runtime is installed; undefined where it is not. */
export function findInstalled(needs: keyof typeof INSTALLED, folder = FOLDER): string | undefined {
  const [found] = globSync(INSTALLED[needs], { cwd: folder });
  return found === undefined ? undefined : join(folder, found);
}

/** Versions of the packages that run those peers, as far as npm has installed them. */
export function peerVersions(names: readonly PeerName[]): Record<string, string> {
  const packages = names.flatMap((name) => PACKAGES[PEERS[name].needs] ?? []);
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
    const reason = `${name} is left out, as ${PACKAGES[needs]} is not installed: ${NPM_INSTALL}`;
    return findInstalled(needs, folder) === undefined ? reason : null;
  }
  const modules = MODULES[needs].join(', ');
  const { status } = spawnSync(python, ['-c', `import ${modules}`], { stdio: 'ignore' });
  return status === 0 ? null : `${name} is left out, as ${python} has not all of ${modules}: ${APT_INSTALL}`;
}
