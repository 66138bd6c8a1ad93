/** The arms: what the benchmark compares and `serve` starts. An arm is one workerd process or several. */
import type { BuildOptions } from '../../models/build/options.ts';
import type { WorkerStart } from '../../models/build/start-workers.ts';

/** One process of an arm. Its first Worker answers the clients. */
export interface ProcessPlan {
  readonly workers: readonly WorkerStart[];
  /** A process whose URL this one's first Worker gets as `PREDICTOR_URL`. */
  readonly predictor?: ProcessPlan;
  /** Options of the build that the arm is always started from, whatever build is asked for. */
  readonly build?: BuildOptions;
}

export const ARMS = {
  combined: { workers: [{ worker: 'combined' }] },
  'combined-stock': { workers: [{ worker: 'combined' }], build: { runtime: 'stock' } },
  'pair-rpc': pair('rpc'),
  'pair-fetch': pair('fetch'),
  'pair-http': {
    workers: [{ worker: 'gateway', vars: { PREDICTOR_TRANSPORT: 'http' } }],
    predictor: { workers: [{ worker: 'predictor' }] },
  },
  floor: { workers: [{ worker: 'floor' }] },
  null: { workers: [{ worker: 'null' }] },
} as const satisfies Record<string, ProcessPlan>;

export type ArmName = keyof typeof ARMS;

/** Names of all arms, in the order in which reports list them. */
export const ARM_NAMES = [
  'null',
  'floor',
  'combined',
  'combined-stock',
  'pair-rpc',
  'pair-fetch',
  'pair-http',
] as const satisfies ArmName[];

/** The deployments that must answer alike. */
export const TOPOLOGIES = ['combined', 'pair-rpc', 'pair-fetch', 'pair-http'] as const satisfies ArmName[];

export function isArmName(name: string): name is ArmName {
  return Object.hasOwn(ARMS, name);
}

/** The build that an arm is started from when `build` is asked for. */
export function buildOf(arm: ArmName, build: BuildOptions): BuildOptions {
  const { build: own }: ProcessPlan = ARMS[arm];
  return { ...build, ...own };
}

function pair(transport: 'rpc' | 'fetch') {
  const gateway = { worker: 'gateway', vars: { PREDICTOR_TRANSPORT: transport } } as const;
  return { workers: [gateway, { worker: 'predictor' }] } as const;
}
