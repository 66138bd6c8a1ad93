/**
 * The comparison: starts x rounds x subjects. All subjects of a start are up together and measured one at a time, in a
 * balanced random order. Local arms are fresh processes in every start.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isArmName, TOPOLOGIES } from '../arms/arms.ts';
import { pin } from '../arms/processes.ts';
import { STARTING_MS } from './expected-time.ts';
import { measureLoads, measurePayloads, measureSingleStream, measureSweep, probeCapacity } from './loads.ts';
import { searchMaxRate } from './max-rate.ts';
import { measureMixed } from './mixed.ts';
import { balancedOrder, seedOf } from './plan.ts';
import type { Session, Start } from './session.ts';
import { offeredLoad } from './specs.ts';
import { cpuByRole, memoryByRole, type RunningSubject, startSubject } from './subject.ts';
import { warmUp } from './warm-up.ts';

/** How long compilers and collectors of the warm-up are waited for, and what is used with nothing to do is read over. */
const SETTLE_MS = 300;
const IDLE_MS = 500;

/** Requests a second, by subject, that were reached in the first start. The rates of open loops follow from it. */
export type Capacities = ReadonlyMap<string, number>;

/** Measures every start of the plan. The processes of a start are ended whatever happens. */
export async function runComparison(session: Session): Promise<void> {
  const { plan, progress, advance } = session;
  let capacities: Capacities | null = null;
  for (let start = 1; start <= plan.profile.starts; start++) {
    progress.show({
      phase: 'starting',
      done: advance(plan.subjects.length * STARTING_MS),
      start,
      starts: plan.profile.starts,
    });
    const subjects = await startAll(session);
    try {
      const memoryAtRest = new Map(subjects.map((subject) => [subject, memoryByRole(subject)]));
      const running: Start = {
        ...session,
        start,
        memoryAtRest,
        subjects: balancedOrder(subjects, seedOf(plan.seed, start), 0),
      };
      const measured: Capacities = await measureStart(running, capacities);
      capacities ??= measured;
    } finally {
      await stopAll(subjects);
    }
    session.headline.endStart();
  }
}

async function startAll({ plan }: Session): Promise<RunningSubject[]> {
  const results = await Promise.allSettled(plan.subjects.map((subject) => startSubject(subject, plan.build)));
  const subjects = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await stopAll(subjects);
    throw failed.reason;
  }
  const cores = plan.cores;
  if (cores !== null) for (const { pid } of subjects.flatMap(({ processes }) => processes)) pin(pid, cores.servers);
  return subjects;
}

async function stopAll(subjects: readonly RunningSubject[]): Promise<void> {
  await Promise.all(subjects.map((subject) => subject.stop()));
}

async function measureStart(start: Start, known: Capacities | null): Promise<Capacities> {
  const { profile } = start.plan;
  const warmUps = new Map<RunningSubject, Awaited<ReturnType<typeof warmUp>>>();
  for (const subject of start.subjects) warmUps.set(subject, await warmUp(start, subject));
  const idleRates = await measureIdle(start.subjects);
  await measureSingleStream(start);
  await measureSweep(start);
  await measurePayloads(start);
  const capacities = known ?? (await probeCapacity(start));
  await measureLoads(start, offeredLoad(start.plan, slowest(capacities)));
  if (start.start <= profile.mixedStarts) await measureMixed(start);
  for (const subject of start.subjects) {
    const { stable = false, warmUpWindows = 0 } = warmUps.get(subject) ?? {};
    const idleCpuRate = idleRates.get(subject) ?? null;
    const memoryMiB = start.memoryAtRest.get(subject) ?? null;
    const memory = { memoryMiB, loadedMemoryMiB: memoryByRole(subject) };
    const state = { stable, warmUpWindows, idleCpuRate, ...memory };
    start.run.write({ kind: 'start', subject: subject.name, start: start.start, ...state });
  }
  // Last, as it overloads the subjects.
  if (start.start <= profile.maxRateStarts) await measureMaxRates(start, capacities);
  return capacities;
}

/** Capacity of the slowest deployment: one of another make, or the floor, must not set the load of those compared. */
function slowest(capacities: Capacities): number {
  const compared = [...capacities].filter(([name, rate]) => isDeployment(name) && rate > 0);
  return Math.min(...(compared.length > 0 ? compared : [...capacities]).map(([, rate]) => rate));
}

/** Whether it is one of the deployments that are compared, or a target. */
function isDeployment(name: string): boolean {
  return !isArmName(name) || TOPOLOGIES.some((arm) => arm === name);
}

async function measureMaxRates(start: Start, capacities: Capacities): Promise<void> {
  for (const subject of start.subjects.filter(({ name }) => isDeployment(name))) {
    const capacity = capacities.get(subject.name);
    if (capacity !== undefined) await searchMaxRate(start, subject, Math.max(1, Math.round(capacity / 2)));
  }
}

/** CPU that each subject uses while nothing is asked of it, in milliseconds of CPU per millisecond. */
async function measureIdle(subjects: readonly RunningSubject[]): Promise<Map<RunningSubject, number | null>> {
  await sleep(SETTLE_MS);
  const before = subjects.map(totalCpu);
  const startMs = performance.now();
  await sleep(IDLE_MS);
  const elapsedMs = performance.now() - startMs;
  return new Map(
    subjects.map((subject, i) => {
      const [from, to] = [before[i] ?? null, totalCpu(subject)];
      return [subject, from === null || to === null ? null : (to - from) / elapsedMs];
    }),
  );
}

function totalCpu(subject: RunningSubject): number | null {
  const roles = cpuByRole(subject);
  return roles === null ? null : Object.values(roles).reduce((sum, ms) => sum + ms, 0);
}
