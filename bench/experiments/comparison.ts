/**
 * The comparison: starts x rounds x subjects. All subjects of a start are up together and measured one at a time, in a
 * balanced random order. Local arms are fresh processes in every start. A search for the highest rate within the objective
 * and a cheap route beside a heavy one are part of some starts.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { summaryOf } from '../analysis/window-summary.ts';
import { isDeployment } from '../arms/arms.ts';
import { startGenerator } from '../load/start-generator.ts';
import { EMPTY, HEALTH } from '../load/workloads.ts';
import { isPeer } from '../peers/peers.ts';
import { measureWindow } from './measure-window.ts';
import { balancedOrder, STARTING_MS, seedOf } from './plan.ts';
import { searchRate } from './search-rate.ts';
import { cpuByRole, difference, memoryByRole, type RunningSubject, type Session, type Start } from './session.ts';
import { type Settled, settleAll } from './warm-up.ts';
import {
  BUSY_CONNECTIONS,
  closed,
  closedWindows,
  HEAVY_WORKLOAD,
  mixed,
  offeredLoad,
  type WindowSpec,
} from './windows.ts';

/** How long compilers and collectors of the warm-up are waited for, and what is used with nothing to do is read over. */
const SETTLE_MS = 300;
const IDLE_MS = 500;

/** Requests a second, by subject, that were reached in the first start. The rates of open loops follow from it. */
type Capacities = ReadonlyMap<string, number>;

/** Measures every start of the plan. The processes of a start are ended whatever happens. */
export async function runComparison(session: Session): Promise<void> {
  const { plan, run, show } = session;
  const { starts } = plan.profile;
  const replaced = new Map<string, number>();
  let capacities: Capacities | null = null;
  try {
    for (let start = 1; start <= starts; start++) {
      show(`start ${start}/${starts}`, plan.subjects.length * STARTING_MS);
      const running: RunningSubject[] = [];
      try {
        const settled = await settleAll({ ...session, start }, running, replaced);
        capacities = await measureStart({ ...session, start }, settled, capacities);
      } finally {
        await Promise.all(running.map((subject) => subject.stop()));
      }
    }
  } finally {
    for (const [subject, count] of replaced) {
      const text = `${count} starts did not come to rest and were replaced before anything was measured`;
      run.write({ kind: 'note', subject, text });
    }
  }
}

async function measureStart(start: Start, subjects: readonly Settled[], known: Capacities | null): Promise<Capacities> {
  const { plan } = start;
  const deployments = subjects.filter(({ arm }) => arm === null || isDeployment(arm));
  const idleRates = await measureIdle(subjects);
  await measureInTurn(start, subjects, closedWindows);
  const loaded = subjects.filter(isLoaded);
  const capacities = known ?? (await probeCapacity(start, loaded));
  // One of another make, or the floor, must not set the load of those compared.
  const rates = deployments.flatMap(({ name }) => capacities.get(name) || []);
  const loads = offeredLoad(plan, Math.min(...(rates.length > 0 ? rates : capacities.values())));
  await measureInTurn(start, loaded, () => loads);
  if (start.start <= plan.profile.mixedStarts) await measureMixed(start, subjects);
  for (const [i, subject] of subjects.entries()) {
    const { name, stable, warmUpWindows, memoryMiB } = subject;
    const used = { idleCpuRate: idleRates[i] ?? null, memoryMiB, loadedMemoryMiB: memoryByRole(subject) };
    start.run.write({ kind: 'start', subject: name, start: start.start, stable, warmUpWindows, ...used });
  }
  // Last, as it overloads the subjects.
  if (start.start <= plan.profile.maxRateStarts)
    for (const subject of deployments) {
      const startRate = (capacities.get(subject.name) ?? 0) / 2;
      await searchRate(start, subject, { experiment: 'max-rate' }, { startRate });
    }
  return capacities;
}

/** The first window that each subject has, in the order of the first round, then the second windows, and so on. */
async function measureInTurn(start: Start, subjects: readonly RunningSubject[], windowsOf: typeof closedWindows) {
  const seed = seedOf(start.plan.seed, start.start, 'order');
  const queues = subjects.map((subject) => ({ subject, specs: windowsOf(start.plan, subject) }));
  const rounds = Math.max(0, ...queues.map(({ specs }) => specs.length));
  for (let round = 0; round < rounds; round++) {
    for (const { subject, specs } of balancedOrder(queues, seed, round)) {
      const spec = specs[round];
      if (spec !== undefined) await measureWindow(start, subject, spec);
    }
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
async function probeCapacity(start: Start, subjects: readonly RunningSubject[]): Promise<Capacities> {
  const { plan } = start;
  const capacities = new Map<string, number>();
  if (plan.profile.loadShares.length === 0 && plan.profile.maxRateStarts === 0) return capacities;
  const spec: WindowSpec = { ...closed(plan, BUSY_CONNECTIONS), round: 0, phase: 'warm-up' };
  for (const subject of subjects)
    capacities.set(subject.name, summaryOf(await measureWindow(start, subject, spec)).values.rps);
  return capacities;
}

/** CPU that each subject uses while nothing is asked of it, in milliseconds of CPU per millisecond. */
async function measureIdle(subjects: readonly RunningSubject[]): Promise<(number | null)[]> {
  await sleep(SETTLE_MS);
  const before = subjects.map(cpuByRole);
  const startMs = performance.now();
  await sleep(IDLE_MS);
  const elapsedMs = performance.now() - startMs;
  return subjects.map((subject, i) => {
    const used = difference(before[i] ?? null, cpuByRole(subject));
    return used === null ? null : Object.values(used).reduce((sum, ms) => sum + ms, 0) / elapsedMs;
  });
}

/** What loads the model beside the cheap route: one connection keeps the server busy, not the client. */
const HEAVY = { workload: HEAVY_WORKLOAD, load: { kind: 'closed', connections: 1 }, beside: HEALTH } as const;

/** Each subject with both routes, alone first in every other start. The second load has a generator of its own. */
async function measureMixed(start: Start, subjects: readonly RunningSubject[]): Promise<void> {
  const heavy = await startGenerator(start.plan.cores?.client);
  try {
    for (const subject of subjects) {
      const specs = mixed(start.plan, subject);
      for (const spec of start.start % 2 === 0 ? specs.toReversed() : specs) {
        const windows = [measureWindow(start, subject, spec)];
        if (spec.beside !== undefined) windows.push(measureWindow(start, subject, { ...spec, ...HEAVY }, heavy));
        await Promise.all(windows);
      }
    }
  } finally {
    heavy.stop();
  }
}
