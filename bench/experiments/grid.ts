/**
 * The grid: the highest rate that each arrangement keeps within the objective, under budgets of CPU that all its processes
 * share, for several shares of cheap requests and numbers of processes; and what a request of each workload takes of it.
 */
import { COST_CONNECTIONS } from '../analysis/crossing.ts';
import { CONFIRMATIONS, isWhole } from '../analysis/grid.ts';
import { summaryOf } from '../analysis/window-summary.ts';
import { ARMS, isWorkerdArm, type WorkerdArmName } from '../arms/arms.ts';
import { pin } from '../arms/processes.ts';
import { startArm } from '../arms/start-arm.ts';
import { CHEAP } from '../load/workloads.ts';
import { type CpuBudgets, openBudgets } from '../meters/cpu-budget.ts';
import type { Cell } from '../run/records.ts';
import { measureWindow } from './measure-window.ts';
import { balancedOrder, type Grid, type RunPlan, seedOf } from './plan.ts';
import { searchRate } from './search-rate.ts';
import { memoryByRole, type RunningSubject, type Session, type Start } from './session.ts';
import { warmUp } from './warm-up.ts';
import { BUSY_CONNECTIONS, closed, type WindowSpec } from './windows.ts';

/** An arm as so many processes, and the cells that it is measured in. */
export interface Arrangement {
  readonly name: string;
  readonly arm: WorkerdArmName;
  readonly fronts: number;
  readonly backs: number;
  readonly cells: readonly Cell[];
}

/** Where a search begins: at this share of what many connections reach with a whole core, times the budget. */
const FIRST_SHARE = 0.85;

/** How fine a search is: finer than starts differ costs more than it tells. */
const SEARCH = { tolerance: 0.08, factor: 1.16, confirmations: CONFIRMATIONS };

/** Core that each process of a replicated arrangement brings, and the share of cheap requests of these. */
const [CPU_OF_PROCESS, CHEAP_OF_REPLICAS] = [0.25, 0.5];

/** Each arm in one piece under every budget; then replicas of the one Worker, and gateways by predictors, of equal total. */
export function arrangementsOf({ subjects }: Pick<RunPlan, 'subjects'>, grid: Grid): Arrangement[] {
  const arms = subjects.flatMap(({ arm }) => (arm !== null && isWorkerdArm(arm) ? arm : []));
  const single = arms.map((arm): Arrangement => {
    const processes = { fronts: 1, backs: ARMS[arm].predictor === undefined ? 0 : 1 };
    // It is there for what a request takes: its capacity is measured with a whole core alone.
    const cpus = arm === 'pair-native' ? grid.cpus.slice(-1) : grid.cpus;
    const cells = cpus.flatMap((cpu) => grid.cheapShares.map((cheapShare) => ({ cpu, cheapShare, ...processes })));
    return { name: arm, arm, ...processes, cells };
  });
  const counts = Array.from({ length: grid.processes }, (_, i) => i + 1);
  const replicated = (arm: WorkerdArmName, fronts: number, backs: number): Arrangement | [] => {
    const cpu = (fronts + backs) * CPU_OF_PROCESS;
    const name = backs === 0 ? `${arm}-x${fronts}` : `${arm}-${fronts}x${backs}`;
    const isMore = fronts + backs > (backs === 0 ? 1 : 2) && fronts + backs <= grid.processes;
    const cells = [{ cpu, cheapShare: CHEAP_OF_REPLICAS, fronts, backs }];
    return arms.includes(arm) && isMore ? { name, arm, fronts, backs, cells } : [];
  };
  const ofOne = counts.flatMap((fronts) => replicated('combined', fronts, 0));
  const ofTwo = counts.flatMap((fronts) => counts.flatMap((backs) => replicated('pair-http', fronts, backs)));
  return [...single, ...ofOne, ...ofTwo];
}

/** Measures every start of the grid. Nothing is left running, and no budget, whatever happens. */
export async function runGrid(session: Session, grid: Grid): Promise<void> {
  const budgets = openBudgets();
  try {
    for (let start = 1; start <= grid.starts; start++) {
      const running: GridSubject[] = [];
      try {
        await startAll({ ...session, start }, grid, budgets, running);
        await measureCosts({ ...session, start }, grid, running);
        await measureCells({ ...session, start }, budgets, running);
      } finally {
        await Promise.all(running.map((subject) => subject.stop()));
      }
    }
  } finally {
    budgets.remove();
  }
}

type GridSubject = RunningSubject & Arrangement;

/** Starts and warms up every arrangement with what it is asked later, under a whole core each. */
async function startAll(start: Start, grid: Grid, budgets: CpuBudgets, running: GridSubject[]): Promise<void> {
  const { plan, run } = start;
  for (const arrangement of arrangementsOf(plan, grid)) {
    start.show(`start ${start.start}/${grid.starts}: ${arrangement.name}`, 0);
    const service = await startArm(arrangement.arm, { build: plan.build, replicas: arrangement });
    running.push({ kind: 'arm', ...arrangement, ...service });
    const pids = service.processes.map(({ pid }) => pid);
    if (plan.cores !== null) for (const pid of pids) pin(pid, plan.cores.servers);
    budgets.of(arrangement.name).allow(1);
    budgets.of(arrangement.name).add(pids);
  }
  for (const subject of balancedOrder(running, seedOf(plan.seed, start.start), 0)) {
    const costs = isWhole(subject) ? costsOf(plan, grid, [COST_CONNECTIONS.cpuMsPerRequest]) : [];
    const mix = [...costs, ...busyOf(plan, subject)];
    // Read first: it is of processes that have answered once.
    const state = { memoryMiB: memoryByRole(subject), ...(await warmUp(start, subject, mix)) };
    const unknown = { idleCpuRate: null, loadedMemoryMiB: null };
    run.write({ kind: 'start', subject: subject.name, start: start.start, ...state, ...unknown });
  }
}

/** Windows of each workload, the cheap routes first. */
function costsOf(plan: RunPlan, { workloads }: Grid, counts = Object.values(COST_CONNECTIONS)): WindowSpec[] {
  return [CHEAP, ...workloads].flatMap((workload) =>
    counts.map((count): WindowSpec => ({ ...closed(plan, count), experiment: 'cost', workload })),
  );
}

/** A window of many connections for each share of cheap requests; none is a result. */
function busyOf(plan: RunPlan, { cells }: Arrangement): WindowSpec[] {
  const shares = [...new Map(cells.map((cell) => [cell.cheapShare, cell])).values()];
  return shares.map((cell) => {
    return { ...closed(plan, BUSY_CONNECTIONS), experiment: 'grid', phase: 'warm-up', round: 0, cell };
  });
}

/** What a request of each workload takes, the arms in turn. */
async function measureCosts(start: Start, grid: Grid, running: readonly GridSubject[]): Promise<void> {
  const whole = running.filter(isWhole);
  for (const [i, spec] of costsOf(start.plan, grid).entries())
    for (const subject of balancedOrder(whole, seedOf(start.plan.seed, start.start, 'cost'), i))
      await measureWindow(start, subject, spec);
}

/** Every cell, the arrangements that have it in turn. Each start searches anew, so that none leans on another. */
async function measureCells(start: Start, budgets: CpuBudgets, running: readonly GridSubject[]): Promise<void> {
  const { plan } = start;
  const places = running.flatMap((subject) => subject.cells.map((cell) => ({ subject, cell })));
  const conditions = [...Map.groupBy(places, ({ cell }) => `${cell.cpu}/${cell.cheapShare}`)];
  for (const [condition, asked] of balancedOrder(conditions, seedOf(plan.seed, start.start, 'grid'), 0)) {
    for (const { subject, cell } of balancedOrder(asked, seedOf(plan.seed, start.start, condition), 0)) {
      const startRate = (await saturation(start, subject, cell)) * cell.cpu * FIRST_SHARE;
      const budget = budgets.of(subject.name);
      budget.allow(cell.cpu);
      await searchRate(start, subject, { experiment: 'grid', cell }, { startRate, ...SEARCH });
      budget.allow(1);
    }
  }
}

/** Requests a second of many connections with a whole core. */
async function saturation(start: Start, subject: GridSubject, { cheapShare }: Cell): Promise<number> {
  const spec = busyOf(start.plan, subject).find(({ cell }) => cell?.cheapShare === cheapShare);
  return spec === undefined ? 1 : summaryOf(await measureWindow(start, subject, spec)).values.rps;
}
