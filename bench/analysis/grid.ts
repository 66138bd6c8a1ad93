/** What the grid found: each cell's highest rate, and how it follows from the resources by the Universal Scalability Law. */
import { mean, meanInterval } from '../stats/interval.ts';
import { fitUsl, uslRate } from '../stats/usl.ts';
import { foundRates } from './max-rate.ts';
import { finite } from './metrics.ts';
import { risingStarts } from './question.ts';
import type { Series } from './series.ts';
import { OBJECTIVE, sumOfRoles, type WindowSummary } from './window-summary.ts';

/** How often a rate is held again before it is the answer: starts are its repetitions. */
export const CONFIRMATIONS = 0;

type Cell = ReturnType<typeof cellsOf>[number];
export type GridResult = NonNullable<ReturnType<typeof gridOf>>;
export type GridCell = GridResult['cells'][number];
export type ScalingLaw = GridResult['laws'][number];

/** Null for a run without a grid. */
export function gridOf(series: readonly Series[]) {
  const found = cellsOf(series);
  const fitted = groupsOf(found).flatMap(lawOf);
  const cells = found.map((cell) => {
    const lawRate = fitted.flatMap(({ rates }) => rates.get(cell) ?? [])[0] ?? null;
    return { ...cell, lawRate, lawError: lawRate && cell.estimate && lawRate / cell.estimate - 1 };
  });
  const laws = fitted.map(({ rates: _, ...law }) => law);
  return cells.length === 0 ? null : { objective: OBJECTIVE, cells, laws };
}

/** By rising budget within each arrangement and share of cheap requests. */
function cellsOf(series: readonly Series[]) {
  const searched = series.filter(({ condition }) => condition.experiment === 'grid');
  const starts = risingStarts(searched.flatMap(({ windows }) => windows));
  const found = searched.flatMap(({ subject, condition: { cell, client }, windows }) => {
    const byStart = starts.map((start) => windows.filter((own) => own.start === start));
    const rates = foundRates(byStart, CONFIRMATIONS);
    const atRate = byStart.flatMap((probes, i) => probes.filter(({ probe }) => probe?.ratePerS === rates.starts[i]));
    const p99Ms = finite(mean(atRate.map(({ values }) => values.latencyP99Ms)));
    return cell ? { subject, ...cell, client, ...rates, used: usedOf(atRate), p99Ms } : [];
  });
  return found.sort((a, b) => a.subject.localeCompare(b.subject) || a.cheapShare - b.cheapShare || a.cpu - b.cpu);
}

/** Cores that the servers used in the windows; null where that is not known. */
function usedOf(windows: readonly WindowSummary[]): number | null {
  return finite(mean(windows.map(({ serverCpuMs, elapsedMs }) => (sumOfRoles(serverCpuMs) ?? Number.NaN) / elapsedMs)));
}

/** Cells that a law is fitted to, with what N is in it. */
interface Group {
  readonly over: 'CPU' | 'processes';
  readonly cells: readonly Cell[];
  readonly scaleOf: (cell: Cell) => number;
}

/** Over budgets of every arrangement in one piece, and over processes of the arm that is replicated alone. */
function groupsOf(cells: readonly Cell[]): Group[] {
  const whole = cells.filter(isWhole);
  const more = cells.filter(({ fronts, backs }) => fronts > 1 && backs === 0);
  const isFirst = (cell: Cell) =>
    more.some(({ subject, cpu, fronts, cheapShare }) => {
      const isOfOne = cell.backs === 0 && subject === `${cell.subject}-x${fronts}`;
      return isOfOne && cell.cheapShare === cheapShare && cell.cpu === cpu / fronts;
    });
  const overCpu = Map.groupBy(whole, ({ subject, cheapShare }) => `${subject} ${cheapShare}`);
  const groups = [...overCpu.values()].map((own): Group => {
    return { over: 'CPU', cells: own, scaleOf: ({ cpu }) => cpu / Math.min(...own.map((one) => one.cpu)) };
  });
  return [...groups, { over: 'processes', cells: [...whole.filter(isFirst), ...more], scaleOf: (one) => one.fronts }];
}

/** Whether an arrangement is the arm as it is: one process that answers, and one behind it at the most. */
export function isWhole({ fronts, backs }: Pick<Cell, 'fronts' | 'backs'>): boolean {
  return fronts === 1 && backs <= 1;
}

/** Fitted to the cells' means; intervals are over fits to each start, which are as many repetitions of the whole. */
function lawOf({ over, cells, scaleOf }: Group) {
  const fitOf = (rateOf: (cell: Cell) => number | null | undefined) =>
    fitUsl(cells.map((cell) => ({ n: scaleOf(cell), rate: rateOf(cell) ?? 0 })).filter(({ rate }) => rate > 0));
  const [fit, [first]] = [fitOf(({ estimate }) => estimate), cells];
  if (fit === null || first === undefined) return [];
  const fits = first.starts.flatMap((_, i) => fitOf(({ starts }) => starts[i]) ?? []);
  const ends = (part: keyof typeof fit): readonly [number, number] | null => {
    const interval = meanInterval(
      fits.map((one) => one[part]),
      0.95,
    );
    return interval && [interval.low, interval.high];
  };
  const rates = new Map(cells.map((cell) => [cell, uslRate(fit, scaleOf(cell))]));
  const errors = [...rates].flatMap(([{ estimate }, rate]) => (estimate === null ? [] : Math.abs(rate / estimate - 1)));
  const ci95 = { lambda: ends('lambda'), sigma: ends('sigma'), kappa: ends('kappa') };
  const { subject, cheapShare } = first;
  return [{ subject, cheapShare, over, ...fit, ci95, fits: fits.length, worstError: Math.max(...errors), rates }];
}
