/**
 * An A/A run beside another process, as that of quick makes it: two arms that are alike, a load that comes and goes for
 * random times while warm-ups and windows are measured, and processes that do not come to rest replaced by others.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { PROFILES } from '../../bench/experiments/plan.ts';
import type { RunRecord } from '../../bench/run/records.ts';
import { normalQuantile } from '../../bench/stats/distributions.ts';
import { isStable, type WarmUpWindow } from '../../bench/stats/stability.ts';
import { type SyntheticRun, syntheticRun } from './run-records.ts';
import { syntheticWindow } from './synthetic-window.ts';

export interface Disturbance {
  readonly seed: number;
  /** The chance that the other process begins in a window; it ends in one of three. 0 for a quiet machine. */
  readonly begins: number;
}

const ARMS = ['combined', 'pair-rpc'];
const { starts: STARTS, rounds: ROUNDS, warmUpPasses: PASSES } = PROFILES.quick;
const ENDS = 1 / 3;

/** What starts and windows of a quiet machine vary by, as standard deviations of logarithms. */
const START_DEVIATION = 0.02;
const WINDOW_DEVIATION = 0.02;

/** How many times longer a request takes beside the other process: at least half as long again, without a highest. */
const LEAST_FACTOR = 1.5;
const TAIL = 1.5;

export function disturbedRun({ seed, begins }: Disturbance): SyntheticRun {
  const random = xoroshiro128plus(seed);
  const chance = () => Math.max(1e-12, uniformFloat64(random));
  const normal = (deviation: number) => Math.exp(normalQuantile(chance()) * deviation);
  let isBusy = false;
  /** How much longer a window takes than it would alone: Pareto's distribution while the other process runs. */
  const level = () => {
    isBusy = isBusy ? chance() > ENDS : chance() < begins;
    return normal(WINDOW_DEVIATION) * (isBusy ? LEAST_FACTOR * chance() ** (-1 / TAIL) : 1);
  };
  const order = () => (chance() < 0.5 ? ARMS : ARMS.toReversed());

  const replaced = new Map<string, number>();
  /** A process at rest: one that does not get there gives way to another, in a run as often as there are starts. */
  const settle = (name: string) => {
    for (;;) {
      const [ofProcess, stable, before] = [normal(START_DEVIATION), warmUp(level), replaced.get(name) ?? 0];
      if (stable || before >= STARTS) return { ofProcess, stable };
      replaced.set(name, before + 1);
    }
  };

  const records: RunRecord[] = [];
  for (let start = 1; start <= STARTS; start++) {
    const settled = new Map(order().map((name) => [name, settle(name)]));
    for (let round = 1; round <= ROUNDS; round++)
      for (const name of order())
        records.push(windowOf(name, { start, round, level: (settled.get(name)?.ofProcess ?? 1) * level() }));
    const memory = { memoryMiB: null, loadedMemoryMiB: null };
    for (const [subject, { stable }] of settled)
      records.push({ kind: 'start', subject, start, stable, warmUpWindows: 5, idleCpuRate: 0, ...memory });
  }
  records.push({ kind: 'end', failed: null, elapsedMs: 1, peakMiB: null });
  const { environment } = syntheticRun({ seed, starts: 0, rounds: 0, arms: ARMS });
  return { environment: { ...environment, profile: PROFILES.quick }, records };
}

/** Whether it comes to rest, by the rule of the run itself. */
function warmUp(level: () => number): boolean {
  const passes: WarmUpWindow[] = [];
  while (passes.length < PASSES && !isStable(passes)) passes.push({ p50: level(), rate: 1 / level() });
  return isStable(passes);
}

function windowOf(subject: string, at: { start: number; round: number; level: number }): RunRecord {
  const load = { kind: 'closed', connections: 1 } as const;
  const timing = { load, requests: 20, serviceMs: at.level, cpuMs: 0.5, clientCpuMs: 0.3 };
  const { firstFailure: _, ...result } = syntheticWindow({ ...timing, seed: at.start * 100 + at.round });
  const what = { kind: 'window', experiment: 'single-stream', phase: 'measure', workload: 'penguins' } as const;
  const where = { subject, start: at.start, round: at.round, client: 'fetch', seed: 1, atMs: 0 } as const;
  return { ...what, ...where, load, ...result, serverCpuMs: { workerd: 10 } };
}
