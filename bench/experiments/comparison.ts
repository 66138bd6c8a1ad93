/**
 * The comparison: starts x rounds x subjects. All subjects of a start are up together and measured one at a time, in a
 * random order in each round. Local arms are fresh processes in every start.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { BuildOptions } from '../../models/build/options.ts';
import { shuffle } from '../../models/build/shuffle.ts';
import { type Cores, pin } from '../arms/processes.ts';
import type { ClientName } from '../load/client.ts';
import { type Generator, startGenerator } from '../load/start-generator.ts';
import { cpuTimeMs } from '../meters/cpu.ts';
import { memoryMiB } from '../meters/memory.ts';
import type { SubjectRecord } from './metrics.ts';
import type { Profile } from './profile.ts';
import { Recorder } from './recorder.ts';
import { type RunningSubject, type Subject, startSubject } from './subject.ts';
import { measureWindow } from './window.ts';

export interface ComparisonPlan {
  readonly profile: Profile;
  readonly subjects: readonly Subject[];
  readonly latencyClient: ClientName;
  readonly throughputClient: ClientName;
  readonly seed: number;
  /** Options of the build that arms are started from. */
  readonly build: BuildOptions;
  /** Cores to pin the generator and the servers to; null leaves them where the system puts them. */
  readonly cores: Cores | null;
  /** Told what comes next and the share of all windows that is done, 0 to 1. */
  readonly onProgress: (phase: string, done: number) => void;
}

/** A subject that is up, with where its values go. */
interface Entry {
  readonly running: RunningSubject;
  readonly recorder: Recorder;
}

/** What the windows of one start share. */
interface Start {
  readonly plan: ComparisonPlan;
  readonly entries: readonly Entry[];
  readonly generator: Generator;
  readonly random: RandomGenerator;
  /** Announces the next window. */
  readonly announce: (phase: string) => void;
}

const IDLE_MS = 200;

/** Measures everything in the plan. The processes that it starts are ended whatever happens. */
export async function runComparison(plan: ComparisonPlan): Promise<SubjectRecord[]> {
  const generator = startGenerator();
  try {
    return await runStarts(plan, generator);
  } finally {
    generator.stop();
  }
}

async function runStarts(plan: ComparisonPlan, generator: Generator): Promise<SubjectRecord[]> {
  const { starts } = plan.profile;
  const random = xoroshiro128plus(plan.seed);
  const recorders = plan.subjects.map((subject) => new Recorder(subject));
  const total = starts * windowsOfStart(plan);
  if (plan.cores !== null) pin(generator.pid, plan.cores.client);
  let begun = 0;
  for (let start = 1; start <= starts; start++) {
    const announce = (phase: string) => plan.onProgress(`start ${start}/${starts}, ${phase}`, begun++ / total);
    announce('starting');
    const entries = await startAll(recorders, plan);
    try {
      await measureStart({ plan, entries, generator, random, announce });
    } finally {
      await stopAll(entries);
    }
  }
  return recorders.map((recorder) => recorder.record());
}

function windowsOfStart({ profile, subjects }: ComparisonPlan): number {
  return 1 + subjects.length * (1 + profile.rounds + profile.connections.length);
}

async function startAll(recorders: readonly Recorder[], { build, cores }: ComparisonPlan): Promise<Entry[]> {
  const results = await Promise.allSettled(
    recorders.map(async (recorder) => ({ recorder, running: await startSubject(recorder.subject, build) })),
  );
  const entries = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await stopAll(entries);
    throw failed.reason;
  }
  if (cores !== null) for (const pid of entries.flatMap(({ running }) => running.pids)) pin(pid, cores.servers);
  return entries;
}

async function stopAll(entries: readonly Entry[]): Promise<void> {
  await Promise.all(entries.map(({ running }) => running.stop()));
}

async function measureStart(start: Start): Promise<void> {
  await warmUp(start);
  const idleRates = await measureIdle(start.entries);
  for (const { recorder } of start.entries) recorder.nextStart();
  await measureLatency(start);
  await measureThroughput(start, idleRates);
  for (const { recorder, running } of start.entries) recorder.addMemory(memoryMiB(running.pids));
}

/** Warms each subject with the same mix of windows that it is measured with. */
async function warmUp({ plan, entries, generator, announce }: Start): Promise<void> {
  const { profile, latencyClient, throughputClient } = plan;
  const durationMs = profile.warmUpMs;
  for (const { running } of entries) {
    announce(`warming up ${running.name}`);
    await measureWindow(generator, running, { client: latencyClient, connections: 1, durationMs });
    for (const connections of profile.connections) {
      await measureWindow(generator, running, { client: throughputClient, connections, durationMs });
    }
  }
}

async function measureLatency({ plan, entries, generator, random, announce }: Start): Promise<void> {
  const { profile, latencyClient } = plan;
  const options = { client: latencyClient, connections: 1, durationMs: profile.windowMs };
  for (let round = 1; round <= profile.rounds; round++) {
    for (const { recorder, running } of shuffle(entries, random)) {
      announce(`round ${round}/${profile.rounds}, latency of ${running.name}`);
      recorder.addLatency(await measureWindow(generator, running, options));
    }
  }
}

async function measureThroughput(start: Start, idleRates: ReadonlyMap<RunningSubject, number>): Promise<void> {
  const { plan, entries, generator, random, announce } = start;
  const { profile, throughputClient } = plan;
  for (const connections of profile.connections) {
    for (const { recorder, running } of shuffle(entries, random)) {
      announce(`throughput of ${running.name}, ${connections} connection(s)`);
      const options = { client: throughputClient, connections, durationMs: profile.windowMs };
      recorder.addThroughput(
        connections,
        await measureWindow(generator, running, options),
        idleRates.get(running) ?? 0,
      );
    }
  }
}

/** CPU that each subject uses while nothing is asked of it, in milliseconds of CPU per millisecond. */
async function measureIdle(entries: readonly Entry[]): Promise<Map<RunningSubject, number>> {
  const read = () => entries.map(({ running }) => cpuTimeMs(running.pids) ?? 0);
  const before = read();
  const startMs = performance.now();
  await sleep(IDLE_MS);
  const elapsedMs = performance.now() - startMs;
  const after = read();
  return new Map(entries.map(({ running }, i) => [running, ((after[i] ?? 0) - (before[i] ?? 0)) / elapsedMs]));
}
