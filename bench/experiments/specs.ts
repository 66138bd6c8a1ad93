/** The windows of a start: what is asked of which subject, at what load. Warm-up and measuring draw on the same list. */

import { selectModels } from '../../models/build/options.ts';
import { askedModel } from '../arms/arms.ts';
import { requestBytes } from '../load/payloads.ts';
import { EMPTY, HEALTH, PAYLOAD_WORKLOADS } from '../load/workloads.ts';
import type { WindowSpec } from './measure-window.ts';
import type { RunPlan } from './plan.ts';
import { type RunningSubject, servesAllModels } from './subject.ts';

/** The workload that loads the model beside the cheap route. */
export const HEAVY_WORKLOAD = 'digits-x16-binary';

type Named = Pick<RunningSubject, 'name'>;

/** One connection, closed loop, the default workload. */
export function singleStream({ profile, latencyClient, build }: RunPlan, round: number): WindowSpec {
  return {
    experiment: 'single-stream',
    workload: askedModel(build),
    client: latencyClient,
    load: { kind: 'closed', connections: 1 },
    durationMs: profile.windowMs,
    round,
  };
}

/** A closed loop of each number of connections. */
export function sweep({ profile, throughputClient, build }: RunPlan): WindowSpec[] {
  return profile.connections.map((connections) => ({
    experiment: 'sweep',
    workload: askedModel(build),
    client: throughputClient,
    load: { kind: 'closed', connections },
    durationMs: profile.windowMs,
    round: 1,
  }));
}

/** One connection, closed loop, a workload of each weight, as far as the subject serves it. */
export function payloadWindows({ profile, throughputClient, build }: RunPlan, subject: Named): WindowSpec[] {
  if (!profile.payloads || !(servesAllModels(subject) || subject.name === EMPTY)) return [];
  const models = selectModels(build.models).map(({ card }) => card.name);
  const served = Object.entries(PAYLOAD_WORKLOADS).filter(([, { model }]) => models.includes(model));
  return served.map(([workload]) => ({
    experiment: 'payloads',
    workload,
    requestBytes: requestBytes(workload),
    client: throughputClient,
    load: { kind: 'closed', connections: 1 },
    durationMs: profile.windowMs,
    round: 1,
  }));
}

/** Requests a second of the cheap route. */
const CHEAP_RATE = 300;

/** The cheap route alone, and beside the heavy one. */
export function mixed({ profile, throughputClient, build }: RunPlan, subject: Named): WindowSpec[] {
  const models = selectModels(build.models).map(({ card }) => card.name);
  if (
    profile.mixedStarts === 0 ||
    !servesAllModels(subject) ||
    !models.includes(PAYLOAD_WORKLOADS[HEAVY_WORKLOAD].model)
  )
    return [];
  const alone: WindowSpec = {
    experiment: 'mixed',
    workload: HEALTH,
    client: throughputClient,
    load: { kind: 'open', arrivals: 'poisson', ratePerS: CHEAP_RATE },
    durationMs: profile.openWindowMs,
    round: 1,
  };
  return [alone, { ...alone, beside: HEAVY_WORKLOAD }];
}

/** Requests of an open loop at the least: a p99 of fewer would be their longest one. */
const MIN_REQUESTS = 200;

/** Poisson arrivals at a share of what the slowest compared subject can do, in requests a second. */
export function offeredLoad({ profile, throughputClient, build }: RunPlan, capacity: number): WindowSpec[] {
  return profile.loadShares.map((share) => {
    const ratePerS = Math.max(1, Math.round(capacity * share));
    return {
      experiment: 'offered-load',
      workload: askedModel(build),
      client: throughputClient,
      load: { kind: 'open', arrivals: 'poisson', ratePerS },
      durationMs: Math.max(profile.openWindowMs, (MIN_REQUESTS / ratePerS) * 1000),
      round: 1,
      share,
    };
  });
}

/**
 * Every kind of window that a subject is measured with, each in a closed loop: what it is warmed with. Code that a JIT
 * compiled for other requests than those measured shifts a start's figures by an order of magnitude.
 */
export function mixOf(plan: RunPlan, subject: Named): WindowSpec[] {
  const ends = new Set([plan.profile.connections[0], plan.profile.connections.at(-1)]);
  const sweepEnds = sweep(plan).filter(({ load }) => load.kind === 'closed' && ends.has(load.connections));
  const cheap = mixed(plan, subject)
    .slice(0, 1)
    .map((spec): WindowSpec => ({ ...spec, load: { kind: 'closed', connections: 1 } }));
  const open =
    plan.profile.loadShares.length > 0 && sweepEnds.length === 0
      ? sweep({ ...plan, profile: { ...plan.profile, connections: [8] } })
      : [];
  return [singleStream(plan, 0), ...sweepEnds, ...open, ...payloadWindows(plan, subject), ...cheap];
}
