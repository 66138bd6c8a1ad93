/** The windows of a start: what is asked of which subject, at what load. Warm-up and measuring draw on the same list. */
import { selectModels } from '../../models/build/options.ts';
import { askedModel, TOPOLOGIES } from '../arms/arms.ts';
import { requestBytes } from '../load/payloads.ts';
import type { Load } from '../load/window.ts';
import { EMPTY, HEALTH, PAYLOAD_WORKLOADS } from '../load/workloads.ts';
import type { WindowExperiment, WindowRecord } from '../run/records.ts';
import type { RunPlan, Subject } from './plan.ts';

export interface WindowSpec {
  readonly experiment: WindowExperiment;
  readonly workload: string;
  readonly client: WindowRecord['client'];
  readonly load: Load;
  readonly durationMs: number;
  readonly round: number;
  readonly phase?: WindowRecord['phase'];
  readonly share?: number;
  readonly beside?: string;
  readonly step?: 'search' | 'confirm';
  /** Of payloads: size of a request's body. */
  readonly requestBytes?: number;
}

type Asked = Pick<Subject, 'arm'>;

/** The workload that loads the model beside the cheap route. */
export const HEAVY_WORKLOAD = 'digits-x16-binary';

/** Requests a second of the cheap route. */
const CHEAP_RATE = 300;

/** Requests of an open loop at the least: a p99 of fewer would be their longest one. */
const MIN_REQUESTS = 200;

/** A closed loop of so many connections with the default workload. */
export function closed({ profile, throughputClient, build }: RunPlan, connections: number): WindowSpec {
  return {
    experiment: 'sweep',
    workload: askedModel(build),
    client: throughputClient,
    load: { kind: 'closed', connections },
    durationMs: profile.windowMs,
    round: 1,
  };
}

/** One connection, with the client of latencies. */
export function singleStream(plan: RunPlan, round: number): WindowSpec {
  return { ...closed(plan, 1), experiment: 'single-stream', client: plan.latencyClient, round };
}

/** A closed loop of each number of connections. */
export function sweep(plan: RunPlan): WindowSpec[] {
  return plan.profile.connections.map((connections) => closed(plan, connections));
}

/** One connection, a workload of each weight, as far as the subject serves it. */
export function payloadWindows(plan: RunPlan, { arm }: Asked): WindowSpec[] {
  if (!plan.profile.payloads || !(servesAllModels(arm) || arm === EMPTY)) return [];
  const models = builtModels(plan);
  return Object.entries(PAYLOAD_WORKLOADS)
    .filter(([, { model }]) => models.includes(model))
    .map(([workload]) => ({
      ...closed(plan, 1),
      experiment: 'payloads',
      workload,
      requestBytes: requestBytes(workload),
    }));
}

/** The cheap route alone, and beside the heavy one. */
export function mixed(plan: RunPlan, { arm }: Asked): WindowSpec[] {
  if (plan.profile.mixedStarts === 0 || !servesAllModels(arm)) return [];
  if (!builtModels(plan).includes(PAYLOAD_WORKLOADS[HEAVY_WORKLOAD].model)) return [];
  const alone: WindowSpec = { ...open(plan, CHEAP_RATE), experiment: 'mixed', workload: HEALTH };
  return [alone, { ...alone, beside: HEAVY_WORKLOAD }];
}

/** Poisson arrivals at shares of `capacity`, in requests a second. */
export function offeredLoad(plan: RunPlan, capacity: number): WindowSpec[] {
  return plan.profile.loadShares.map((share) => {
    const ratePerS = Math.max(1, Math.round(capacity * share));
    const spec = open(plan, ratePerS);
    return { ...spec, durationMs: Math.max(spec.durationMs, (MIN_REQUESTS / ratePerS) * 1000), share };
  });
}

/** Poisson arrivals with the default workload. */
export function open({ profile, throughputClient, build }: RunPlan, ratePerS: number): WindowSpec {
  return {
    experiment: 'offered-load',
    workload: askedModel(build),
    client: throughputClient,
    load: { kind: 'open', arrivals: 'poisson', ratePerS },
    durationMs: profile.openWindowMs,
    round: 1,
  };
}

/**
 * Every kind of window that a subject is measured with, each in a closed loop: what it is warmed with. Code that a JIT
 * compiled for other requests than those measured shifts a start's figures by an order of magnitude.
 */
export function mixOf(plan: RunPlan, subject: Asked): WindowSpec[] {
  const { connections, loadShares } = plan.profile;
  const ends = new Set([connections[0], connections.at(-1), ...(loadShares.length > 0 ? [BUSY_CONNECTIONS] : [])]);
  const busy = [...ends].flatMap((count) => (count === undefined ? [] : closed(plan, count)));
  const cheap = mixed(plan, subject).slice(0, 1);
  const steady = cheap.map((spec): WindowSpec => ({ ...spec, load: { kind: 'closed', connections: 1 } }));
  return [singleStream(plan, 0), ...busy, ...payloadWindows(plan, subject), ...steady];
}

/** Connections at which capacity is measured: enough to keep a server busy. */
export const BUSY_CONNECTIONS = 16;

/** Whether the arm serves every model of the build; the others serve the default one or none, and of a target nobody knows. */
export function servesAllModels(arm: Subject['arm']): boolean {
  return arm === 'combined-stock' || TOPOLOGIES.some((name) => name === arm);
}

function builtModels({ build }: RunPlan): string[] {
  return selectModels(build.models).map(({ card }) => card.name);
}
