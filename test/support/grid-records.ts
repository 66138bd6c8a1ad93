/** A run of the grid that nobody measured: capacities that follow a known law, and costs with a known crossing. */
import { arrangementsOf } from '../../bench/experiments/grid.ts';
import { chooseProfile, GRID, GRID_ARMS } from '../../bench/experiments/plan.ts';
import type { RunRecord, WindowRecord } from '../../bench/run/records.ts';
import { uslRate } from '../../bench/stats/usl.ts';
import { syntheticRun } from './run-records.ts';
import { syntheticWindow } from './synthetic-window.ts';

const SUBJECTS = GRID_ARMS.map((arm) => ({ kind: 'arm', name: arm, arm }) as const);
const STARTS = 3;
const SIGMA = -0.02;

/** CPU of a cheap request and hop of a prediction in ms, and how long the model takes relative to the one Worker. */
const COSTS: Readonly<Record<string, readonly [cheap: number, hop: number, model: number]>> = {
  combined: [0.1, 0.1, 1],
  'pair-rpc': [0.1, 0.2, 1],
  'pair-http': [0.1, 0.6, 1],
  'pair-native': [0.1, 0.6, 0.5],
};
const MODELS_MS = [0.1, 0.2, 0.3, 0.4, 0.6, 2, 8];

function costMs(subject: string, workload: string): number {
  const [cheap, hop, model] = COSTS[subject.replace(/-(x|\d).*$/, '')] ?? [1, 1, 1];
  const ms = MODELS_MS[GRID.workloads.indexOf(workload)];
  return ms === undefined ? cheap : hop + ms * model;
}

function rateOf(subject: string, cpu: number, cheapShare: number): number {
  const cost = cheapShare * costMs(subject, 'cheap') + (1 - cheapShare) * costMs(subject, 'auto-mpg');
  return uslRate({ lambda: (1000 * 0.125) / cost, sigma: SIGMA, kappa: 0 }, cpu / 0.125);
}

/** `rateOf` a cell, `sigma` of all, and `crossingMs`: from which time of the model on the native predictor takes less. */
export function gridRun() {
  const records: RunRecord[] = [];
  const arrangements = arrangementsOf({ subjects: SUBJECTS }, GRID);
  for (let start = 1; start <= STARTS; start++) {
    const level = 1 + 0.01 * (start - 2);
    for (const { name, arm, cells } of arrangements) {
      const base = {
        kind: 'window',
        phase: 'measure',
        subject: name,
        start,
        client: 'undici',
        seed: 1,
        atMs: 0,
      } as const;
      const add = (
        window: Pick<WindowRecord, 'experiment' | 'workload' | 'load' | 'round'> & Partial<WindowRecord>,
        ms: number,
      ) => {
        const shape = {
          seed: start,
          load: window.load,
          requests: 800,
          cpuMs: window.load.kind === 'open' ? 0.001 : ms,
          clientCpuMs: 0.01,
        };
        const { firstFailure: _, ...result } = syntheticWindow({ ...shape, serviceMs: ms });
        records.push({ ...base, ...window, ...result, serverCpuMs: { workerd: ms * 800 } });
      };
      if (name === arm) {
        for (const workload of ['cheap', ...GRID.workloads])
          for (const connections of [1, 8])
            add(
              { experiment: 'cost', workload, load: { kind: 'closed', connections }, round: 1 },
              costMs(name, workload) * level,
            );
      }
      for (const cell of cells) {
        const rate = Math.round(rateOf(name, cell.cpu, cell.cheapShare) / level);
        const probe = (ratePerS: number, round: number, ms: number) =>
          add(
            {
              experiment: 'grid',
              workload: 'auto-mpg',
              load: { kind: 'open', arrivals: 'poisson', ratePerS },
              round,
              step: 'search',
              cell,
            },
            ms,
          );
        probe(rate, 1, 1);
        probe(Math.ceil(rate * 1.1), 2, 40);
      }
      const known = { stable: true, warmUpWindows: 3, idleCpuRate: null, loadedMemoryMiB: null };
      records.push({ kind: 'start', subject: name, start, memoryMiB: { workerd: 20 }, ...known });
    }
  }
  records.push({ kind: 'end', failed: null, elapsedMs: 1, peakMiB: null });
  const profile = chooseProfile(undefined, 'scalability-grid');
  const environment = { ...syntheticRun({ starts: 0 }).environment, profile, subjects: SUBJECTS };
  return { environment, records, rateOf, sigma: SIGMA, crossingMs: 1 };
}
