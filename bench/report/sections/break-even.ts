/** What the hop is of a request's time, from light models to heavy ones. */
import type { BreakEvenPoint, Results } from '../../analysis/results.ts';
import { mean } from '../../stats/interval.ts';
import { type Chart, type Section, tableOf } from '../document.ts';
import { amount, fixed, percent, range, signed } from '../format.ts';
import { clientOf } from '../lookup.ts';
import { named } from '../verdict.ts';

const CURVE_POINTS = 60;

/** One row a pair and workload, the lightest first. */
export function breakEvenSection(results: Results): Section | null {
  const { breakEven, baseline } = results;
  if (breakEven.length === 0) return null;
  const rows = breakEven.toSorted((a, b) => a.subject.localeCompare(b.subject) || a.workerMs - b.workerMs);
  return {
    id: 'break-even',
    title: 'The hop against the work',
    blocks: [
      {
        kind: 'text',
        text: `One connection, closed loop, client ${clientOf(results, 'payloads')}. The Worker's own time is the median of ${baseline} less that of an empty Worker; the hop is what a pair takes more, and its share that of both together.`,
      },
      {
        kind: 'figure',
        finding: breakEvenFinding(rows),
        pictures: [breakEvenChart(breakEven)],
        note: 'Lines: what the share would be if the hop always took its mean over these workloads. Points: what was measured, with the 95% interval of the hop.',
        table: tableOf(rows, 2, [
          ['arm', ({ subject }) => subject],
          ['workload', ({ workload }) => workload],
          ['request', ({ requestBytes }) => (requestBytes === null ? '-' : `${Math.round(requestBytes)} B`)],
          ['Worker ms', ({ workerMs }) => fixed(workerMs, 3)],
          ['hop ms', ({ hopMs }) => signed(hopMs.estimate)],
          ['95% interval', ({ hopMs }) => range(hopMs.ci95, 3)],
          ['share', ({ share }) => percent(share)],
        ]),
      },
    ],
  };
}

/** The share of the hop where the Worker is quickest and where it is slowest. */
function breakEvenFinding(rising: readonly BreakEvenPoint[]): string {
  const told = [...Map.groupBy(rising, ({ subject }) => subject)].map(([subject, points]) => {
    const ends = points.filter((_, i) => i === 0 || i === points.length - 1);
    return `${subject} ${ends.map(shareClause).join(' and ')}`;
  });
  return `The hop's share of a request's time: ${named(told)}.`;
}

function shareClause({ workload, workerMs, hopMs, share }: BreakEvenPoint): string {
  const own = `${workload}, ${amount(workerMs)} ms of its own`;
  const [low, high] = hopMs.ci95;
  return low <= 0 && high >= 0 ? `inconclusive (${own})` : `${percent(share)} (${own})`;
}

/** The share of the hop against the time of the Worker itself. */
export function breakEvenChart(points: readonly BreakEvenPoint[]): Chart {
  const times = points.map(({ workerMs }) => workerMs);
  const ends = [Math.min(...times) / 1.5, Math.max(...times) * 1.5] as const;
  const lines = [...Map.groupBy(points, ({ subject }) => subject)].map(([subject, own]) => ({
    subject,
    path: curveOf(own, ends),
    shape: 'faint' as const,
    points: own.map((point) => ({ x: point.workerMs, y: point.share, ends: shareEnds(point) })),
  }));
  const names = [
    ...new Map(points.map(({ workload, workerMs }) => [workload, { x: workerMs, text: workload }])).values(),
  ];
  return {
    kind: 'chart',
    x: { label: "the Worker's own time, ms", isLog: true, ends },
    y: { label: "hop's share of a request's time", format: (share) => percent(share) },
    lines,
    names,
  };
}

function shareAt(hopMs: number, workerMs: number): number {
  return hopMs / (workerMs + hopMs);
}

/** What the share would be if the hop took its mean over all workloads. */
function curveOf(points: readonly BreakEvenPoint[], [low, high]: readonly [number, number]): [number, number][] {
  const hopMs = mean(points.map((point) => point.hopMs.estimate));
  if (hopMs <= 0) return [];
  const at = Array.from({ length: CURVE_POINTS + 1 }, (_, i) => low * (high / low) ** (i / CURVE_POINTS));
  return at.map((workerMs) => [workerMs, shareAt(hopMs, workerMs)]);
}

/** The interval of the share; a hop below zero is kept from where the share has no bound. */
function shareEnds({
  workerMs,
  hopMs: {
    ci95: [low, high],
  },
}: BreakEvenPoint): readonly [number, number] {
  const at = (hopMs: number) => shareAt(Math.max(hopMs, -0.4 * workerMs), workerMs);
  return [at(low), at(high)];
}
