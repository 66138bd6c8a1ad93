/**
 * Resilience: the predictor of an arm fails for a while under an open loop of inferences, and another of routes that need no
 * model. Processes are new for each fault, so that nothing of one is in the next.
 */
import { buildRoot } from '../../models/build/options.ts';
import { wasDisturbed } from '../analysis/resilience.ts';
import { askedModel, FAULTS, type Fault, type FaultyArmName, SECOND } from '../arms/arms.ts';
import { type FaultyArm, startFaultyArm } from '../arms/faulty-arm.ts';
import { pinFirstThread } from '../arms/processes.ts';
import { firstRightAnswer } from '../arms/start-arm.ts';
import { type Generator, startGenerator } from '../load/start-generator.ts';
import { CHEAP } from '../load/workloads.ts';
import type { FaultRecord } from '../run/records.ts';
import { balancedOrder, type RunPlan, seedOf } from './plan.ts';
import type { Session } from './session.ts';

/** Requests a second: a small share of what every arm can do. */
const RATES = { inference: 200, cheap: 50 } as const;
const ROUTES = ['inference', 'cheap'] as const;

interface Case {
  readonly subject: string;
  readonly arm: FaultyArmName;
  readonly fault: Fault;
}

function casesOf({ faultyArms }: RunPlan): Case[] {
  const second = faultyArms.includes('pair-http') ? [{ subject: SECOND, arm: 'pair-http' } as const] : [];
  const subjects = [...faultyArms.map((arm) => ({ subject: arm, arm })), ...second];
  return subjects.flatMap((one) => FAULTS.map((fault) => ({ ...one, fault })));
}

/** The time that it takes, as far as it is known beforehand. */
export function faultMs(plan: RunPlan): number {
  const ms = casesOf(plan).reduce((sum, { fault }) => sum + windowMs(plan, fault), 0);
  return plan.profile.faultStarts * ms;
}

/** From the start of the arm on. */
function windowMs({ profile: { faultMs } }: RunPlan, fault: Fault): number {
  return faultMs.start + faultMs.before + lastingMs(faultMs, fault) + faultMs.after;
}

function lastingMs(faultMs: RunPlan['profile']['faultMs'], fault: Fault): number {
  return fault === 'kill' ? faultMs.kill : faultMs.fault;
}

/** Every start of every case, in another order each time. Nothing is left running whatever happens. */
export async function runFaults(session: Session): Promise<void> {
  const { plan, show } = session;
  const { faultStarts } = plan.profile;
  const generators = { inference: await startGenerator(), cheap: await startGenerator() };
  try {
    const { cores } = plan;
    if (cores !== null) for (const { pid } of Object.values(generators)) pinFirstThread(pid, cores.client);
    for (let start = 1; start <= faultStarts; start++)
      for (const one of balancedOrder(casesOf(plan), seedOf(plan.seed, 'faults', start), 0)) {
        show(`${one.fault} ${start}/${faultStarts} of ${one.subject}`, windowMs(plan, one.fault));
        await measureFault(session, generators, { ...one, start });
      }
  } finally {
    for (const generator of Object.values(generators)) generator.stop();
  }
}

type Generators = Readonly<Record<(typeof ROUTES)[number], Generator>>;
type Measured = Case & { readonly start: number };

/** An arm that is not up in time is started anew with twice as much; one that was not well before the fault, as often as may be. */
async function measureFault({ plan, run }: Session, generators: Generators, one: Measured): Promise<void> {
  let startMs = plan.profile.faultMs.start;
  for (let attempt = 0; ; attempt++) {
    const records = await measureOnce(plan, generators, one, startMs);
    if (records === null) startMs *= 2;
    else if (attempt >= plan.profile.faultRepeats || !records.some(wasDisturbed)) return records.forEach(run.write);
  }
}

/** Null for an arm that was not up in time. */
async function measureOnce(plan: RunPlan, generators: Generators, one: Measured, startMs: number) {
  const { build, cores, profile } = plan;
  const fromMs = Date.now() + startMs + profile.faultMs.before;
  const toMs = fromMs + lastingMs(profile.faultMs, one.fault);
  const where = { root: buildRoot(build), cores: cores?.servers ?? null };
  const faulty = await startFaultyArm({ ...one, ...where, hasSecond: one.subject === SECOND, fromMs, toMs });
  try {
    const isInTime = () => Date.now() + profile.faultMs.before <= fromMs;
    await firstRightAnswer(one.subject, faulty.url, askedModel(build)).catch((cause) => {
      if (isInTime()) throw cause;
    });
    return isInTime() ? await measureRoutes(plan, generators, { ...one, fromMs, toMs, faulty }) : null;
  } finally {
    await faulty.stop();
  }
}

type Begun = Measured & { readonly fromMs: number; readonly toMs: number; readonly faulty: FaultyArm };

/** Both loads until some time after the fault. */
async function measureRoutes(
  plan: RunPlan,
  generators: Generators,
  { subject, arm, fault, start, fromMs, toMs, faulty }: Begun,
): Promise<FaultRecord[]> {
  const durationMs = toMs + plan.profile.faultMs.after - Date.now();
  const model = askedModel(plan.build);
  const measured = ROUTES.map(async (route): Promise<FaultRecord> => {
    const seed = seedOf(plan.seed, 'faults', start, fault, route);
    const load = { kind: 'open', arrivals: 'poisson', ratePerS: RATES[route] } as const;
    const what = { client: plan.throughputClient, load, seed } as const;
    const workload = route === 'cheap' ? `${CHEAP}:${model}` : model;
    let beginMs = 0;
    const { firstFailure: _, ...result } = await generators[route].run(
      { ...what, url: faulty.url.href, subject: arm, workload, durationMs },
      () => {
        beginMs = Date.now();
      },
    );
    const times = { fromMs: fromMs - beginMs, toMs: Math.min(faulty.overMs() - beginMs, result.elapsedMs) };
    return { kind: 'fault', subject, fault, route, start, ...what, ...times, ...result };
  });
  return Promise.all(measured);
}
