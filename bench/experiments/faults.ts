/**
 * Resilience: the predictor of an arm fails for a while under an open loop of inferences, and another of routes that need no
 * model. Processes are new for each fault, so that nothing of one is in the next.
 */
import { buildRoot } from '../../models/build/options.ts';
import { wasDisturbed } from '../analysis/resilience.ts';
import { askedModel, FAULTS, SECOND } from '../arms/arms.ts';
import { type FaultyArm, startFaultyArm } from '../arms/faulty-arm.ts';
import { firstRightAnswer } from '../arms/start-arm.ts';
import { type Generator, startGenerator } from '../load/start-generator.ts';
import { CHEAP } from '../load/workloads.ts';
import type { FaultRecord } from '../run/records.ts';
import { balancedOrder, type RunPlan, seedOf } from './plan.ts';
import type { Session } from './session.ts';

/** Requests a second of each route: a small share of what every arm can do. */
const RATES = [
  { route: 'inference', ratePerS: 200 },
  { route: 'cheap', ratePerS: 50 },
] as const;

type Route = (typeof RATES)[number] & { readonly generator: Generator };

/** Each arm with each fault, how long that lasts, and all that is measured with it from the start of the arm on. */
function casesOf({ faultyArms, profile: { faultMs } }: RunPlan) {
  const second = faultyArms.includes('pair-http') ? [{ subject: SECOND, arm: 'pair-http' } as const] : [];
  const subjects = [...faultyArms.map((arm) => ({ subject: arm, arm })), ...second];
  return subjects.flatMap((one) =>
    FAULTS.map((fault) => {
      const lastingMs = fault === 'kill' ? faultMs.kill : faultMs.fault;
      return { ...one, fault, lastingMs, wholeMs: faultMs.start + faultMs.before + lastingMs + faultMs.after };
    }),
  );
}

type Case = ReturnType<typeof casesOf>[number] & { readonly start: number };

/** The time that it takes, as far as it is known beforehand. */
export function faultMs(plan: RunPlan): number {
  return plan.profile.faultStarts * casesOf(plan).reduce((sum, { wholeMs }) => sum + wholeMs, 0);
}

/** Every start of every case, in another order each time. Nothing is left running whatever happens. */
export async function runFaults(session: Session): Promise<void> {
  const { plan, show } = session;
  const { faultStarts } = plan.profile;
  const routes: Route[] = [];
  try {
    for (const rate of RATES) routes.push({ ...rate, generator: await startGenerator(plan.cores?.client) });
    for (let start = 1; start <= faultStarts; start++)
      for (const one of balancedOrder(casesOf(plan), seedOf(plan.seed, 'faults', start), 0)) {
        show(`${one.fault} ${start}/${faultStarts} of ${one.subject}`, one.wholeMs);
        await measureFault(session, routes, { ...one, start });
      }
  } finally {
    for (const { generator } of routes) generator.stop();
  }
}

/** An arm that is not up in time is started anew with twice as much; one that was not well before the fault, as often as may be. */
async function measureFault({ plan, run }: Session, routes: readonly Route[], one: Case): Promise<void> {
  let startMs = plan.profile.faultMs.start;
  for (let attempt = 0; ; attempt++) {
    const records = await measureOnce(plan, routes, one, startMs);
    if (records === null) startMs *= 2;
    else if (attempt >= plan.profile.faultRepeats || !records.some(wasDisturbed)) return records.forEach(run.write);
  }
}

/** Null for an arm that was not up in time. */
async function measureOnce(plan: RunPlan, routes: readonly Route[], one: Case, startMs: number) {
  const { build, cores, profile } = plan;
  const fromMs = Date.now() + startMs + profile.faultMs.before;
  const toMs = fromMs + one.lastingMs;
  const where = { root: buildRoot(build), cores: cores?.servers ?? null };
  const faulty = await startFaultyArm({ ...one, ...where, hasSecond: one.subject === SECOND, fromMs, toMs });
  try {
    const isInTime = () => Date.now() + profile.faultMs.before <= fromMs;
    await firstRightAnswer(one.subject, faulty.url, askedModel(build)).catch((cause) => {
      if (isInTime()) throw cause;
    });
    return isInTime() ? await measureRoutes(plan, routes, { ...one, fromMs, toMs, faulty }) : null;
  } finally {
    await faulty.stop();
  }
}

type Begun = Case & { readonly fromMs: number; readonly toMs: number; readonly faulty: FaultyArm };

/** Both loads until some time after the fault. */
async function measureRoutes(
  plan: RunPlan,
  routes: readonly Route[],
  { subject, arm, fault, start, fromMs, toMs, faulty }: Begun,
): Promise<FaultRecord[]> {
  const durationMs = toMs + plan.profile.faultMs.after - Date.now();
  const model = askedModel(plan.build);
  const measured = routes.map(async ({ route, ratePerS, generator }): Promise<FaultRecord> => {
    const seed = seedOf(plan.seed, 'faults', start, fault, route);
    const load = { kind: 'open', arrivals: 'poisson', ratePerS } as const;
    const what = { client: plan.throughputClient, load, seed } as const;
    const workload = route === 'cheap' ? `${CHEAP}:${model}` : model;
    let beginMs = 0;
    const { firstFailure: _, ...result } = await generator.run(
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
