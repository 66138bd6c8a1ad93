/** The windows of a start: what is asked of which subject, at what load. Warm-up and measuring draw on the same list. */
import { selectModels } from '../../models/build/options.ts';
import { askedModel, isDeployment } from '../arms/arms.ts';
import { requestBytes } from '../load/payloads.ts';
import { EMPTY, HEALTH, PAYLOAD_WORKLOADS } from '../load/workloads.ts';
import type { WindowRecord } from '../run/records.ts';
import type { RunPlan, Subject } from './plan.ts';

type Condition = 'workload' | 'client' | 'load' | 'round' | 'share' | 'beside' | 'step' | 'cell' | 'requestBytes';

export interface WindowSpec extends Pick<WindowRecord, 'experiment' | Condition> {
  readonly durationMs: number;
  readonly phase?: WindowRecord['phase'];
}

type Asked = Pick<Subject, 'arm'>;

/** Connections at which capacity is measured: enough to keep a server busy. */
export const BUSY_CONNECTIONS = 16;

/** The workload that loads the model beside the cheap route, and requests a second of that one. */
export const HEAVY_WORKLOAD = 'digits-x16-binary';
const CHEAP_RATE = 300;

/** Requests of an open loop at the least: a p99 of fewer would be their longest one. */
const MIN_REQUESTS = 200;

/** A closed loop of so many connections with the default workload. */
export function closed(plan: RunPlan, connections: number): WindowSpec {
  const load = { kind: 'closed', connections } as const;
  return { ...asked(plan), experiment: 'sweep', load, durationMs: plan.profile.windowMs };
}

/** Poisson arrivals with the default workload. */
export function open(plan: RunPlan, ratePerS: number): WindowSpec {
  const load = { kind: 'open', arrivals: 'poisson', ratePerS } as const;
  return { ...asked(plan), experiment: 'offered-load', load, durationMs: plan.profile.openWindowMs };
}

function asked({ throughputClient: client, build }: RunPlan) {
  return { workload: askedModel(build), client, round: 1 };
}

/** Each window of a closed loop: one connection in every round, more and more of them, a workload of each weight. */
export function closedWindows(plan: RunPlan, subject: Asked): WindowSpec[] {
  const { rounds, connections } = plan.profile;
  const single = Array.from({ length: rounds }, (_, i) => ({ ...singleStream(plan), round: i + 1 }));
  return [...single, ...connections.map((count) => closed(plan, count)), ...payloadWindows(plan, subject)];
}

/** One connection, with the client of latencies. */
function singleStream(plan: RunPlan): WindowSpec {
  return { ...closed(plan, 1), experiment: 'single-stream', client: plan.latencyClient };
}

/** One connection, a workload of each weight, as far as the subject serves it: a target may have other models. */
function payloadWindows(plan: RunPlan, { arm }: Asked): WindowSpec[] {
  if (!plan.profile.payloads || !(servesAllModels(arm) || arm === EMPTY)) return [];
  const models = builtModels(plan);
  const workloads = Object.entries(PAYLOAD_WORKLOADS).filter(([, { model }]) => models.includes(model));
  return workloads.map(([workload]) => {
    return { ...closed(plan, 1), experiment: 'payloads', workload, requestBytes: requestBytes(workload) };
  });
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

/**
 * What a subject is warmed with: every kind of window that it is measured with, in closed loops. Code that a JIT
 * compiled for other requests than those measured shifts a start's figures by an order of magnitude.
 */
export function mixOf(plan: RunPlan, subject: Asked): WindowSpec[] {
  const { connections, loadShares } = plan.profile;
  const ends = [connections[0], connections.at(-1), loadShares.length > 0 ? BUSY_CONNECTIONS : undefined];
  const busy = [...new Set(ends)].flatMap((count) => (count === undefined ? [] : closed(plan, count)));
  const cheap = mixed(plan, subject).slice(0, 1);
  const steady = cheap.map((spec): WindowSpec => ({ ...spec, load: { kind: 'closed', connections: 1 } }));
  return [singleStream(plan), ...busy, ...payloadWindows(plan, subject), ...steady];
}

/** The other arms serve the default model or none. */
function servesAllModels(arm: Subject['arm']): boolean {
  return arm === 'combined-stock' || (arm !== null && isDeployment(arm));
}

function builtModels({ build }: RunPlan): string[] {
  return selectModels(build.models).map(({ card }) => card.name);
}
