/** What the grid found: each cell's highest rate, and how it follows from the resources by the Universal Scalability Law. */
import { geometricInterval, mean, meanInterval } from '../stats/interval.ts';
import { fitUsl, type ScaledRate, uslRate } from '../stats/usl.ts';
import { estimateOf } from './comparisons.ts';
import { confirmedRate, isGeneratorsLimit } from './max-rate.ts';
import { risingStarts } from './question.ts';
import type { Series } from './series.ts';
import { GRID_OBJECTIVE, sumOfRoles, type WindowSummary } from './window-summary.ts';

/** A rate was held once more before it was the answer. */
const CONFIRMATIONS = 1;

export type GridCell = ReturnType<typeof cellsOf>[number];
export type ScalingLaw = ReturnType<typeof lawsOf>[number];

/** Null for a run without a grid. */
export function gridOf(series: readonly Series[]) {
  const cells = cellsOf(series);
  if (cells.length === 0) return null;
  const laws = lawsOf(cells);
  return { objective: GRID_OBJECTIVE, cells, laws };
}

/** By rising budget within each arrangement and share of cheap requests. */
function cellsOf(series: readonly Series[]) {
  const searched = series.flatMap(({ subject, condition: { experiment, cell, client }, windows }) =>
    experiment !== 'grid' || cell === undefined ? [] : { subject, cell, client, windows },
  );
  const starts = risingStarts(searched.flatMap(({ windows }) => windows));
  const found = searched.map(({ subject, cell, client, windows }) => {
    const byStart = starts.map((start) => windows.filter((own) => own.start === start));
    const rates = byStart.map((probes) => confirmedRate(probes, CONFIRMATIONS));
    const limits = byStart.filter((probes, i) => isGeneratorsLimit(probes, rates[i] ?? 0)).length;
    const atRate = byStart.flatMap((probes, i) => probes.filter(({ probe }) => probe?.ratePerS === rates[i]));
    const known = estimateOf(
      'rps',
      rates.filter((rate) => rate !== null),
    );
    return { subject, ...cell, client, starts: rates, ...known, used: usedOf(atRate), generatorLimited: limits };
  });
  return found.sort((a, b) => a.subject.localeCompare(b.subject) || a.cheapShare - b.cheapShare || a.cpu - b.cpu);
}

/** Cores that the servers used in the windows; null where that is not known. */
function usedOf(windows: readonly WindowSummary[]): number | null {
  const used = windows.map(({ serverCpuMs, elapsedMs }) => (sumOfRoles(serverCpuMs) ?? Number.NaN) / elapsedMs);
  return used.length === 0 || used.some(Number.isNaN) ? null : mean(used);
}

/** A law over budgets of every arrangement in one piece, and one over processes of the arm that is replicated alone. */
function lawsOf(cells: readonly GridCell[]) {
  const whole = cells.filter(({ fronts, backs }) => fronts === 1 && backs <= 1);
  const overCpu = [...Map.groupBy(whole, ({ subject, cheapShare }) => `${subject} ${cheapShare}`).values()];
  const more = cells.filter(({ fronts, backs }) => fronts > 1 && backs === 0);
  const [{ cpu = 0, fronts = 1, cheapShare = 0 } = {}] = more;
  const first = whole.filter((one) => one.backs === 0 && one.cheapShare === cheapShare && one.cpu === cpu / fronts);
  const ofOne = first.filter(({ subject }) => more.some((one) => one.subject.startsWith(`${subject}-x`)));
  return [
    ...overCpu.flatMap((own) => lawOf('CPU', own, ({ cpu }) => cpu / Math.min(...own.map((one) => one.cpu)))),
    ...lawOf('processes', [...ofOne, ...more], (one) => one.fronts),
  ];
}

/** Fitted to the cells' means; intervals are over fits to each start, which are as many repetitions of the whole. */
function lawOf(over: 'CPU' | 'processes', cells: readonly GridCell[], scaleOf: (cell: GridCell) => number) {
  const fitOf = (rateOf: (cell: GridCell) => number | null) =>
    fitUsl(
      cells.flatMap((cell): ScaledRate | [] => {
        const rate = rateOf(cell);
        return rate === null ? [] : { n: scaleOf(cell), rate };
      }),
    );
  const [fit, [first]] = [fitOf(({ estimate }) => estimate), cells];
  if (fit === null || first === undefined) return [];
  const fits = first.starts.flatMap((_, i) => fitOf(({ starts }) => starts[i] ?? null) ?? []);
  const errors = cells.flatMap((cell) => {
    const { estimate, cpu } = cell;
    const rate = uslRate(fit, scaleOf(cell));
    return estimate === null ? [] : { n: scaleOf(cell), cpu, rate, error: rate / estimate - 1 };
  });
  const { subject, cheapShare } = first;
  const intervalOf = (part: keyof typeof fit, of: typeof meanInterval) =>
    endsOf(
      of(
        fits.map((one) => one[part]),
        0.95,
      ),
    );
  return [
    {
      subject,
      cheapShare,
      over,
      ...fit,
      lambdaCi95: intervalOf('lambda', geometricInterval),
      sigmaCi95: intervalOf('sigma', meanInterval),
      kappaCi95: intervalOf('kappa', meanInterval),
      fits: fits.length,
      /** What the law has for each cell, and how far that is off what was measured, as a share. */
      cells: errors,
    },
  ];
}

function endsOf(interval: ReturnType<typeof meanInterval>): readonly [number, number] | null {
  return interval && [interval.low, interval.high];
}
