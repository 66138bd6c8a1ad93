/**
 * The comparison: starts x rounds x subjects. All subjects of a start are up together and measured one at a time, in a
 * balanced random order. Local arms are fresh processes in every start.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { summaryOf } from '../analysis/window-summary.ts';
import { TOPOLOGIES } from '../arms/arms.ts';
import { EMPTY } from '../load/workloads.ts';
import { isPeer } from '../peers/peers.ts';
import { measureMixed, searchMaxRate } from './loads.ts';
import { measureWindow } from './measure-window.ts';
import { balancedOrder, seedOf } from './plan.ts';
import { type Session, STARTING_MS, type Start } from './session.ts';
import { cpuByRole, memoryByRole, type RunningSubject, startSubject } from './subject.ts';
import { type WarmUp, warmUp } from './warm-up.ts';
import {
  BUSY_CONNECTIONS,
  closed,
  offeredLoad,
  payloadWindows,
  singleStream,
  sweep,
  type WindowSpec,
} from './windows.ts';

/** How long compilers and collectors of the warm-up are waited for, and what is used with nothing to do is read over. */
const SETTLE_MS = 300;
const IDLE_MS = 500;

/** Requests a second, by subject, that were reached in the first start. The rates of open loops follow from it. */
type Capacities = ReadonlyMap<string, number>;

/** Measures every start of the plan. The processes of a start are ended whatever happens. */
export async function runComparison(session: Session): Promise<void> {
  const { plan, run } = session;
  const replaced = new Map<string, number>();
  let capacities: Capacities | null = null;
  for (let start = 1; start <= plan.profile.starts; start++) {
    session.show(`start ${start}/${plan.profile.starts}`, plan.subjects.length * STARTING_MS);
    const running = await startAll(session);
    try {
      const warm = await settleAll({ ...session, start, subjects: running }, replaced);
      const subjects = balancedOrder(running, seedOf(plan.seed, start), 0);
      capacities = await measureStart({ ...session, start, subjects }, warm, capacities);
    } finally {
      await Promise.all(running.map((subject) => subject.stop()));
    }
  }
  for (const [subject, count] of replaced) {
    const text = `${count} starts did not come to rest and were replaced before anything was measured`;
    run.write({ kind: 'note', subject, text });
  }
}

async function startAll({ plan }: Session): Promise<RunningSubject[]> {
  const results = await Promise.allSettled(plan.subjects.map((subject) => startSubject(subject, plan)));
  const subjects = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await Promise.all(subjects.map((subject) => subject.stop()));
    throw failed.reason;
  }
  // Only when all are up: they share the pages of one program.
  return subjects.map((subject) => ({ ...subject, memoryAtRest: memoryByRole(subject) }));
}

/**
 * Warms every subject up. A process that does not come to rest gives way to a new one, in a run as often for each subject
 * as it has starts; then it is measured as it is, and marked. Nothing is measured before, so nothing is chosen by what it
 * shows. `subjects` are changed in place, so that whoever ends them ends those that run.
 */
async function settleAll(start: Start & { subjects: RunningSubject[] }, replaced: Map<string, number>) {
  const { plan, subjects } = start;
  const warm = new Map<string, WarmUp>();
  for (const i of balancedOrder([...subjects.keys()], seedOf(plan.seed, start.start), 0)) {
    for (let subject = subjects[i]; subject !== undefined; subject = subjects[i]) {
      const result = await warmUp(start, subject);
      warm.set(subject.name, result);
      const before = replaced.get(subject.name) ?? 0;
      if (result.stable || subject.arm === null || before >= plan.profile.starts) break;
      replaced.set(subject.name, before + 1);
      await subject.stop();
      const next = await startSubject(subject.subject, plan);
      subjects[i] = { ...next, memoryAtRest: memoryByRole(next) };
    }
  }
  return warm;
}

async function measureStart(
  start: Start,
  warm: ReadonlyMap<string, WarmUp>,
  known: Capacities | null,
): Promise<Capacities> {
  const { profile } = start.plan;
  const idleRates = await measureIdle(start.subjects);
  for (let round = 1; round <= profile.rounds; round++)
    await measureOn(start, round, () => singleStream(start.plan, round));
  for (const [i, spec] of sweep(start.plan).entries()) await measureOn(start, i, () => spec);
  const payloads = Math.max(0, ...start.subjects.map((subject) => payloadWindows(start.plan, subject).length));
  for (let i = 0; i < payloads; i++) await measureOn(start, i, (subject) => payloadWindows(start.plan, subject)[i]);
  const capacities = known ?? (await probeCapacity(start));
  for (const [i, spec] of offeredLoad(start.plan, slowest(start.subjects, capacities)).entries())
    await measureOn(start, i, (subject) => (isLoaded(subject) ? spec : undefined));
  if (start.start <= profile.mixedStarts) await measureMixed(start);
  for (const [i, subject] of start.subjects.entries()) {
    const { stable = false, warmUpWindows = 0 } = warm.get(subject.name) ?? {};
    const memory = { memoryMiB: subject.memoryAtRest, loadedMemoryMiB: memoryByRole(subject) };
    const state = { stable, warmUpWindows, idleCpuRate: idleRates[i] ?? null, ...memory };
    start.run.write({ kind: 'start', subject: subject.name, start: start.start, ...state });
  }
  // Last, as it overloads the subjects.
  if (start.start <= profile.maxRateStarts) await measureMaxRates(start, capacities);
  return capacities;
}

/** A window on each subject that has one, in the order of the round. */
async function measureOn(start: Start, round: number, specOf: (subject: RunningSubject) => WindowSpec | undefined) {
  for (const subject of balancedOrder(start.subjects, seedOf(start.plan.seed, start.start, 'order'), round)) {
    const spec = specOf(subject);
    if (spec !== undefined) await measureWindow(start, subject, spec);
  }
}

/**
 * Loads follow from what the deployments can do: the empty Worker has no capacity, and a peer that cannot bear them would
 * drown, its backlog in the windows of the others.
 */
function isLoaded({ arm }: RunningSubject): boolean {
  return arm === null || (arm !== EMPTY && !isPeer(arm));
}

/** What each subject can do when it is kept busy: windows that count as warm-up, as they only set the rates to come. */
async function probeCapacity(start: Start): Promise<Capacities> {
  const { plan } = start;
  const capacities = new Map<string, number>();
  if (plan.profile.loadShares.length === 0 && plan.profile.maxRateStarts === 0) return capacities;
  const spec: WindowSpec = { ...closed(plan, BUSY_CONNECTIONS), round: 0, phase: 'warm-up' };
  for (const subject of start.subjects.filter(({ arm }) => arm !== EMPTY)) {
    capacities.set(subject.name, summaryOf(await measureWindow(start, subject, spec)).values.rps);
  }
  return capacities;
}

/** Capacity of the slowest deployment: one of another make, or the floor, must not set the load of those compared. */
function slowest(subjects: readonly RunningSubject[], capacities: Capacities): number {
  const compared = subjects.filter(isDeployment).map(({ name }) => capacities.get(name) ?? 0);
  const rates = compared.filter((rate) => rate > 0);
  return Math.min(...(rates.length > 0 ? rates : capacities.values()));
}

/** Whether it is one of the deployments that are compared, or a target. */
function isDeployment({ arm }: RunningSubject): boolean {
  return arm === null || TOPOLOGIES.some((name) => name === arm);
}

async function measureMaxRates(start: Start, capacities: Capacities): Promise<void> {
  for (const subject of start.subjects.filter(isDeployment)) {
    const capacity = capacities.get(subject.name);
    if (capacity !== undefined) await searchMaxRate(start, subject, Math.max(1, Math.round(capacity / 2)));
  }
}

/** CPU that each subject uses while nothing is asked of it, in milliseconds of CPU per millisecond. */
async function measureIdle(subjects: readonly RunningSubject[]): Promise<(number | null)[]> {
  await sleep(SETTLE_MS);
  const before = subjects.map(totalCpu);
  const startMs = performance.now();
  await sleep(IDLE_MS);
  const elapsedMs = performance.now() - startMs;
  return subjects.map((subject, i) => {
    const [from, to] = [before[i] ?? null, totalCpu(subject)];
    return from === null || to === null ? null : (to - from) / elapsedMs;
  });
}

function totalCpu(subject: RunningSubject): number | null {
  const roles = cpuByRole(subject);
  return roles === null ? null : Object.values(roles).reduce((sum, ms) => sum + ms, 0);
}
