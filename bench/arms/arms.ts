/** The arms: what the benchmark compares and `serve` starts. An arm is workerd processes, or a peer of another make. */
import type { BuildOptions } from '../../models/build/options.ts';
import { DEFAULT_MODEL } from '../load/workloads.ts';
import { PEER_NAMES, type PeerName, whyUnavailable as whyPeerUnavailable } from '../peers/peers.ts';
import type { WorkerdStart } from './workerd.ts';

/** One process of an arm. Its first Worker answers the clients. */
export interface ProcessPlan {
  readonly workers: readonly WorkerdStart[];
  /** A process, or a peer, whose URL this one's Workers get as `PREDICTOR_URL`. */
  readonly predictor?: Pick<ProcessPlan, 'workers'> | PeerName;
  /** Options of the build that the arm is always started from, whatever build is asked for. */
  readonly build?: BuildOptions;
}

const PLANS = {
  null: { workers: [{ worker: 'null' }] },
  bare: { workers: [{ worker: 'bare' }] },
  floor: { workers: [{ worker: 'floor' }] },
  'floor-pair': {
    workers: [
      {
        worker: 'gateway',
        services: [{ binding: 'PREDICTOR', service: 'tandem-floor', entrypoint: 'FloorPredictor' }],
      },
      { worker: 'floor' },
    ],
  },
  combined: { workers: [{ worker: 'combined' }] },
  'combined-stock': { workers: [{ worker: 'combined' }], build: { runtime: 'stock' } },
  'pair-rpc': pair('rpc'),
  'pair-plain': pair('rpc', { RESILIENCE: 'off' }),
  'pair-fetch': pair('fetch'),
  'pair-http': {
    workers: [{ worker: 'gateway', vars: { PREDICTOR_TRANSPORT: 'http' } }],
    predictor: { workers: [{ worker: 'predictor' }] },
  },
  'pair-native': { workers: [{ worker: 'gateway', vars: { PREDICTOR_TRANSPORT: 'http' } }], predictor: 'node' },
} satisfies Record<string, ProcessPlan>;

/** An arm of workerd processes. */
export type WorkerdArmName = keyof typeof PLANS;
export type ArmName = WorkerdArmName | PeerName;

export const ARMS: Readonly<Record<WorkerdArmName, ProcessPlan>> = PLANS;

/** The deployments that must answer alike. */
export const TOPOLOGIES = ['combined', 'pair-rpc', 'pair-fetch', 'pair-http'] as const satisfies WorkerdArmName[];

/** The same on Deno and Bun, from the same artefact; they must answer as those do. */
export const WEB_ARMS = ['deno', 'deno-pair', 'bun'] as const satisfies PeerName[];

export function isDeployment(arm: ArmName): boolean {
  return TOPOLOGIES.some((name) => name === arm);
}

export function isWorkerdArm(name: string): name is WorkerdArmName {
  return Object.hasOwn(ARMS, name);
}

/** Names of all arms, in the order in which reports list them. */
export const ARM_NAMES: readonly ArmName[] = [...Object.keys(ARMS).filter(isWorkerdArm), ...PEER_NAMES];

/**
 * What a predictor can be made to do to each inference for a while: throw, wait for what never comes, keep its thread busy
 * for some tenths of a second, take all memory, answer what is none; or its process is killed, and started again at the end.
 */
export const FAULTS = ['throw', 'hang', 'burn', 'memory', 'kill', 'garbage'] as const;
export type Fault = (typeof FAULTS)[number];

/** Arms whose predictor can be made to fail. */
export const FAULTY_ARMS = ['combined', 'pair-rpc', 'pair-http', 'deno-pair'] as const satisfies ArmName[];
export type FaultyArmName = (typeof FAULTY_ARMS)[number];

export function isFaultyArm(name: string): name is FaultyArmName {
  return FAULTY_ARMS.some((arm) => arm === name);
}

/** The arm with a second predictor, in a process of its own, that answers for the first. */
export const SECOND = 'pair-http+second';

/** `DEADLINE_MS` of gateways whose predictor fails; clients wait half as long again. */
export const FAULT_DEADLINE_MS = 1_000;
export const PATIENCE_MS = 1.5 * FAULT_DEADLINE_MS;

/** Whether the arm is one workerd process, whose start can be timed. */
export function isOneProcess(name: string): name is WorkerdArmName {
  return isWorkerdArm(name) && ARMS[name].predictor === undefined;
}

/** Why an arm cannot be started here, with what would change that; null when it can. */
export function whyUnavailable(name: ArmName): string | null {
  const { predictor = null } = isWorkerdArm(name) ? ARMS[name] : { predictor: name };
  return typeof predictor === 'string' ? whyPeerUnavailable(predictor, name) : null;
}

/** Whether the arm is started from a build, as the services of others are not. */
export function isBuilt(arm: ArmName): boolean {
  return isWorkerdArm(arm) || WEB_ARMS.some((name) => name === arm);
}

/** The build that an arm is started from when `build` is asked for. */
export function buildOf(arm: ArmName, build: BuildOptions): BuildOptions {
  return isWorkerdArm(arm) ? { ...build, ...ARMS[arm].build } : build;
}

/** The model of a build that is asked: the default one, or the first where that is left out. */
export function askedModel({ models = [DEFAULT_MODEL] }: BuildOptions): string {
  return models.find((name) => name === DEFAULT_MODEL) ?? models[0] ?? DEFAULT_MODEL;
}

function pair(transport: 'rpc' | 'fetch', vars: Readonly<Record<string, string>> = {}): ProcessPlan {
  return {
    workers: [{ worker: 'gateway', vars: { PREDICTOR_TRANSPORT: transport, ...vars } }, { worker: 'predictor' }],
  };
}

const ENCODING = 'differs from the other pair in encoding as well as in transport';
const CLOSES = 'the development server closes each connection, so a connect is inside its figures';
const HOP_CLOSES =
  'its gateway calls the prediction service on a new connection each time, as that of the article does';
const KEEPS = 'gunicorn with the worker gthread keeps connections open; its sync worker would close each one';
const STANDARD = 'uvicorn with uvloop and httptools, one process; its handler runs the model in the event loop';
const HOP_KEEPS = 'its gateway keeps the connections to the prediction service open, with httpx';
const OTHER_MODEL = 'scikit-learn in Python, where the others run ONNX in WebAssembly';

/** Remarks by arm; arms without any are left out. */
export const REMARKS: Readonly<Partial<Record<ArmName, readonly string[]>>> = {
  'pair-rpc': [`structured clone over a service binding: ${ENCODING}`],
  'pair-plain': ['pair-rpc with RESILIENCE off: what deadline, breaker, places and retries cost is the difference'],
  'pair-fetch': [`binary tensors over a service binding: ${ENCODING}; the article's pair sends JSON`],
  'pair-http': ['two workerd processes, which may use two cores; binary tensors, where the article sends JSON'],
  'pair-native': ['its gateway calls native onnxruntime on Node over loopback HTTP: nothing of that runs on Workers'],
  'flask-monolith': [OTHER_MODEL, CLOSES],
  'flask-pair': [OTHER_MODEL, CLOSES, HOP_CLOSES],
  'flask-monolith-gunicorn': [OTHER_MODEL, KEEPS],
  'flask-pair-gunicorn': [OTHER_MODEL, KEEPS, HOP_CLOSES],
  'fastapi-monolith': [OTHER_MODEL, STANDARD],
  'fastapi-pair': [OTHER_MODEL, STANDARD, HOP_KEEPS],
  'deno-pair': ['two Deno processes, which may use two cores; binary tensors, where the article sends JSON'],
  bun: [
    'resolves "." and ".." in a path before the app sees them, where the others answer that there is no such model',
  ],
  node: ['native onnxruntime on Node: nothing of it runs on Workers'],
};
