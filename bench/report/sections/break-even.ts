/** What the hop is of a request's time, from light models to heavy ones. */
import type { BreakEvenPoint, Results } from '../../analysis/results.ts';
import type { Chart, Section } from '../document.ts';
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
        table: {
          kind: 'table',
          head: ['arm', 'workload', 'request', 'Worker ms', 'hop ms', '95% interval', 'share'],
          rows: rows.map(({ subject, workload, requestBytes, workerMs, hopMs, share }) => [
            subject,
            workload,
            requestBytes === null ? '-' : `${Math.round(requestBytes)} B`,
            fixed(workerMs, 3),
            signed(hopMs.estimate),
            range(hopMs.ci95, 3),
            percent(share),
          ]),
          words: 2,
        },
      },
    ],
  };
}

/** The share of the hop where the Worker is quickest and where it is slowest. */
function breakEvenFinding(rising: readonly BreakEvenPoint[]): string {
  const told = [...Map.groupBy(rising, ({ subject }) => subject)].map(([subject, points]) => {
    const clauses = [...new Set([points[0], points.at(-1)])].flatMap((point) =>
      point === undefined ? [] : shareClause(point),
    );
    return `${subject} ${clauses.join(' and ')}`;
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
  const high = lines.flatMap((line) => line.points.map((point) => point.ends[1]));
  const low = lines.flatMap((line) => line.points.map((point) => point.ends[0]));
  const names = [...Map.groupBy(points, ({ workload }) => workload)].map(([text, own]) => {
    const highest = own.reduce((best, point) => (point.share > best.share ? point : best));
    return { x: highest.workerMs, y: highest.share, text };
  });
  return {
    kind: 'chart',
    x: { label: "the Worker's own time, ms", isLog: true, ends },
    y: {
      label: "hop's share of a request's time",
      ends: [Math.min(0, ...low), Math.min(1, Math.max(0.1, ...high) * 1.2)],
      format: (share) => percent(share),
    },
    lines,
    names,
  };
}

function shareAt(hopMs: number, workerMs: number): number {
  return hopMs / (workerMs + hopMs);
}

/** What the share would be if the hop took its mean over all workloads. */
function curveOf(points: readonly BreakEvenPoint[], [low, high]: readonly [number, number]): [number, number][] {
  const hopMs = points.reduce((sum, point) => sum + point.hopMs.estimate, 0) / points.length;
  if (hopMs <= 0) return [];
  return Array.from({ length: CURVE_POINTS + 1 }, (_, i) => {
    const workerMs = low * (high / low) ** (i / CURVE_POINTS);
    return [workerMs, shareAt(hopMs, workerMs)];
  });
}

/** The interval of the share; a hop below zero is kept from where the share has no bound. */
function shareEnds({ workerMs, hopMs }: BreakEvenPoint): readonly [number, number] {
  const at = (end: number) => shareAt(Math.max(end, -0.4 * workerMs), workerMs);
  return [at(hopMs.ci95[0]), at(hopMs.ci95[1])];
}
